/** What Google's API refuses in a request, in its own words. Written from its documents and reports, not from our code. */

export interface GeminiPart {
  text?: string;
  inlineData?: { mimeType?: string; data?: string };
  fileData?: { fileUri?: string; mimeType?: string };
  functionCall?: { id?: string; name?: string; args?: unknown };
  functionResponse?: { id?: string; name?: string; response?: unknown };
  thought?: boolean;
  thoughtSignature?: string;
}

export interface GeminiContent {
  role?: string;
  parts?: GeminiPart[];
}

export interface GeminiBody {
  contents?: GeminiContent[];
  systemInstruction?: GeminiContent;
  tools?: { functionDeclarations?: { name: string; parametersJsonSchema?: Record<string, unknown> }[] }[];
  toolConfig?: { functionCallingConfig?: { mode?: string; allowedFunctionNames?: string[] } };
  generationConfig?: Record<string, unknown> & { thinkingConfig?: Record<string, unknown> };
}

type Judge = (body: GeminiBody, model: string, isIssued: (part: GeminiPart) => boolean) => string | undefined;

const BODY = ['contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig', 'safetySettings'];
const GENERATION = [
  'temperature',
  'topP',
  'maxOutputTokens',
  'responseMimeType',
  'responseJsonSchema',
  'thinkingConfig',
];
const THINKING = ['includeThoughts', 'thinkingLevel', 'thinkingBudget'];
const DATA = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'] as const;
const PART: readonly string[] = [...DATA, 'thought', 'thoughtSignature'];
const NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/;
/** What is taken for a call that another model wrote. */
const SKIP = 'skip_thought_signature_validator';

const fields: Judge = ({ generationConfig = {}, ...body }) => {
  const unknown = [
    ...Object.keys(body).filter((name) => !BODY.includes(name)),
    ...Object.keys(generationConfig).filter((name) => !GENERATION.includes(name)),
    ...Object.keys(generationConfig.thinkingConfig ?? {}).filter((name) => !THINKING.includes(name)),
  ];
  if (unknown.length > 0) return `Invalid JSON payload received. Unknown name "${unknown[0]}": Cannot find field.`;
  const { thinkingLevel, thinkingBudget } = generationConfig.thinkingConfig ?? {};
  if (thinkingLevel && thinkingBudget !== undefined)
    return 'You can only set only one of thinking budget and thinking level.';
  if (generationConfig['responseJsonSchema'] && generationConfig['responseMimeType'] !== 'application/json')
    return 'response_schema is only supported with response_mime_type application/json';
  return undefined;
};

const roles: Judge = ({ contents = [], systemInstruction }) => {
  if (contents.length === 0) return 'GenerateContentRequest.contents: contents is not specified';
  const isTurn = contents.every(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'model'));
  if (!isTurn) return 'Please ensure that multiturn requests alternate between user and model.';
  if (contents.at(-1)?.role !== 'user') return 'Please ensure that multiturn requests end with a user role.';
  const isText = systemInstruction?.parts?.every(({ text }) => text);
  return isText === false ? 'systemInstruction: only text is supported' : undefined;
};

const parts: Judge = ({ contents = [] }) => {
  for (const [index, { role, parts: list = [] }] of contents.entries()) {
    const at = `GenerateContentRequest.contents[${index}].parts`;
    if (list.length === 0) return `${at}: must not be empty.`;
    for (const part of list) {
      const data = DATA.filter((name) => part[name] !== undefined);
      if (data.length !== 1) return `${at}: required oneof field 'data' must have one initialized field`;
      const unknown = Object.keys(part).find((name) => !PART.includes(name));
      if (unknown) return `Invalid JSON payload received. Unknown name "${unknown}" at '${at}': Cannot find field.`;
      if (part.text === '' && !part.thoughtSignature) return `${at}: text must not be empty.`;
      const isOfModel = part.functionCall || part.thought || part.thoughtSignature;
      const isOfUser = part.functionResponse || part.inlineData || part.fileData;
      if (role === 'user' ? isOfModel : isOfUser) return `${at}: ${data[0]} is not valid in the role ${role}.`;
      const { mimeType = '', data: bytes = '' } = part.inlineData ?? { mimeType: 'image/png' };
      if (!/^image\/(png|jpeg|webp|heic|heif)$/.test(mimeType)) return `Unsupported MIME type: ${mimeType}`;
      if (Buffer.from(bytes, 'base64').toString('base64') !== bytes) return `${at}: Base64 decoding failed`;
    }
  }
  return undefined;
};

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

const pairs: Judge = ({ contents = [] }) => {
  let open: NonNullable<GeminiPart['functionCall']>[] = [];
  for (const { parts: list = [] } of contents) {
    const returns = list.flatMap(({ functionResponse }) => functionResponse ?? []);
    if (returns.length !== open.length)
      return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
    const isPaired = returns.every(({ id, name }, index) => id === open[index]?.id && name === open[index]?.name);
    if (!isPaired) return 'Please ensure that function response turn comes immediately after a function call turn.';
    if (!returns.every(({ response }) => isObject(response))) return 'function_response.response: must be a Struct.';
    if (returns.length > 0 && !list[0]?.functionResponse) return 'function responses must come first.';
    open = list.flatMap(({ functionCall }) => functionCall ?? []);
    if (!open.every(({ name = '', args }) => NAME.test(name) && isObject(args)))
      return 'GenerateContentRequest.contents: function_call.name or args: [FIELD_INVALID]';
  }
  return undefined;
};

const tools: Judge = ({ tools: list = [], toolConfig }) => {
  const declared = list.flatMap(({ functionDeclarations = [] }) => functionDeclarations);
  if (new Set(declared.map(({ name }) => name)).size < declared.length) return 'Duplicate function declaration found';
  for (const { name, parametersJsonSchema: schema } of declared)
    if (!NAME.test(name) || schema?.['type'] !== 'object') return `function_declarations: ${name} is not valid`;
  const { mode = 'AUTO', allowedFunctionNames: allowed } = toolConfig?.functionCallingConfig ?? {};
  if (allowed && mode !== 'ANY') return 'Allowed function names should be set only when function calling mode is ANY.';
  if (mode !== 'AUTO' && declared.length === 0) return 'Function calling config is set without function_declarations.';
  return undefined;
};

/** From the last content of the user that is more than results of calls: earlier turns are not checked. */
const signatures: Judge = ({ contents = [] }, model, isIssued) => {
  const start = contents.findLastIndex(
    ({ role, parts: list = [] }) => role === 'user' && list.some(({ functionResponse }) => !functionResponse),
  );
  for (const [index, { parts: list = [] }] of contents.entries()) {
    const broken = list.find((part) => part.thoughtSignature && part.thoughtSignature !== SKIP && !isIssued(part));
    if (broken) return 'Corrupted thought signature.';
    const call = list.find(({ functionCall }) => functionCall);
    if (model.includes('gemini-3') && index > start && call && !call.thoughtSignature)
      return `Function call is missing a thought_signature in functionCall parts. Function call \`${call.functionCall?.name}\`, position ${index}.`;
  }
  return undefined;
};

const judges = [fields, roles, parts, pairs, tools, signatures];

/** Why a request is refused; undefined when it is not. `isIssued`: whether the model gave this part with this signature. */
export const judgeGemini: Judge = (body, model, isIssued) =>
  judges.map((judge) => judge(body, model, isIssued)).find((refusal) => refusal !== undefined);

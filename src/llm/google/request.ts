import {
  FunctionCallingConfigMode,
  type Content,
  type GenerateContentConfig,
  type GenerateContentParameters,
  type Tool,
  type ToolConfig,
} from '@google/genai';
import type { ModelRequest, ResponseFormat, ToolChoice, ToolDeclaration } from '../../agent/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { normalise } from '../history/normalise.ts';
import { toContents } from './contents.ts';
import { toGoogleName } from './names.ts';
import { toThinking } from './models.ts';

/** The model that a request goes to, and what it takes. */
interface Target {
  name: string;
  /** `provider/name` */
  handle: string;
  dialect: Dialect;
}

/** A request with its parameters side by side: a refusal names one of them, wherever it stands in the body. */
export interface GoogleRequest {
  model: string;
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  temperature?: number;
  topP?: number;
  maxOutputTokens?: number;
  includeThoughts?: boolean;
  thinkingLevel?: string;
  thinkingBudget?: number;
  responseMimeType?: string;
  responseJsonSchema?: unknown;
}

/** What the request leaves open stays out, so Google's default holds. */
export function toGoogleRequest(asked: ModelRequest, { name, handle, dialect }: Target): GoogleRequest {
  const { messages, tools, toolChoice, settings } = normalise(asked, dialect, handle);
  const { temperature, topP, maxOutputTokens, reasoningEffort, responseFormat } = settings;
  const [first] = messages;
  const system = first?.role === 'system' ? first : undefined;
  const contents = toContents(system ? messages.slice(1) : messages, { needsSignatures: dialect.thoughtSignatures });
  const request = {
    model: name,
    contents,
    ...(system && { systemInstruction: { parts: [{ text: system.text }] } }),
    ...(tools.length > 0 && { tools: [{ functionDeclarations: tools.map((tool) => toDeclaration(tool, dialect)) }] }),
    ...(tools.length > 0 && toolChoice && { toolConfig: toToolConfig(toolChoice) }),
    ...(temperature != null && { temperature }),
    ...(topP != null && { topP }),
    ...(maxOutputTokens != null && { maxOutputTokens }),
    ...toThinking(name, reasoningEffort),
    ...(responseFormat != null && toFormat(responseFormat)),
  };
  return withoutOmitted(request, dialect);
}

function withoutOmitted(request: GoogleRequest, { omits }: Dialect): GoogleRequest {
  const kept = Object.entries(request).filter(
    ([parameter, value]) => !omits.includes(parameter) && !omits.includes(`${parameter}=${JSON.stringify(value)}`),
  );
  const { responseJsonSchema, ...rest } = Object.fromEntries(kept) as unknown as GoogleRequest;
  // A schema is refused without the type.
  return responseJsonSchema !== undefined && rest.responseMimeType ? { ...rest, responseJsonSchema } : rest;
}

function toDeclaration({ name, description, parameters }: ToolDeclaration, { bareSchemas }: Dialect) {
  const given = parameters as Record<string, unknown>;
  return {
    name: toGoogleName(name),
    description,
    parametersJsonSchema: bareSchemas ? given : { ...given, properties: given['properties'] ?? {} },
  };
}

function toToolConfig(choice: ToolChoice): ToolConfig {
  const { ANY, NONE } = FunctionCallingConfigMode;
  if (typeof choice === 'string') return { functionCallingConfig: { mode: choice === 'none' ? NONE : ANY } };
  return { functionCallingConfig: { mode: ANY, allowedFunctionNames: [toGoogleName(choice.name)] } };
}

function toFormat({ type, schema }: ResponseFormat) {
  if (type === 'TEXT') return { responseMimeType: 'text/plain' };
  return {
    responseMimeType: 'application/json',
    ...(type === 'JSON_SCHEMA' && schema && { responseJsonSchema: schema }),
  };
}

/** As it goes over the wire. */
export function toBody({ model: _model, ...request }: GoogleRequest) {
  const { contents, systemInstruction, tools, toolConfig, ...generation } = request;
  const generationConfig = nestThinking(generation);
  return {
    ...(systemInstruction && { systemInstruction }),
    contents,
    ...(tools && { tools }),
    ...(toolConfig && { toolConfig }),
    ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
  };
}

/** As the SDK takes it. */
export function toParameters(request: GoogleRequest, abortSignal: AbortSignal): GenerateContentParameters {
  const { model, contents, systemInstruction, tools, toolConfig, ...generation } = request;
  const config: GenerateContentConfig = {
    ...(systemInstruction && { systemInstruction }),
    ...(tools && { tools }),
    ...(toolConfig && { toolConfig }),
    ...nestThinking(generation),
    abortSignal,
    // Each call is paid, and is made by the run alone.
    automaticFunctionCalling: { disable: true },
    automaticContinuation: false,
  };
  return { model, contents, config };
}

type Generation = Omit<GoogleRequest, 'model' | 'contents' | 'systemInstruction' | 'tools' | 'toolConfig'>;

function nestThinking({ includeThoughts, thinkingLevel, thinkingBudget, ...generation }: Generation) {
  const thinkingConfig = {
    ...(includeThoughts !== undefined && { includeThoughts }),
    ...(thinkingLevel !== undefined && { thinkingLevel }),
    ...(thinkingBudget !== undefined && { thinkingBudget }),
  } as NonNullable<GenerateContentConfig['thinkingConfig']>;
  return { ...generation, ...(Object.keys(thinkingConfig).length > 0 && { thinkingConfig }) };
}

import type { Lesson } from './lessons.ts';

/**
 * What endpoints say when they refuse the shape of a request, and what helps, the likeliest first. As seen in:
 * - chat templates of Gemma, Qwen, Llama, Mistral: https://github.com/vllm-project/vllm/issues/6862, …/13284; the messages of
 *   https://github.com/mistralai/mistral-common (validator.py)
 * - tools: https://github.com/BerriAI/litellm/issues/5388; names: https://github.com/continuedev/continue/issues/3148
 * - reasoning: https://github.com/can1357/oh-my-pi/issues/787; signatures: https://github.com/vercel/ai/issues/15550
 * - sealed reasoning: https://github.com/OpenHands/software-agent-sdk/pull/1208, https://github.com/maximhq/bifrost/issues/5410
 * - images: DeepSeek, Groq, OpenRouter, vLLM, llama.cpp, Ollama, LM Studio, in the issues of their clients
 */
export const SHAPES: readonly [wording: RegExp, ...lessons: Lesson[]][] = [
  [/unexpected role user after role tool/i, { userAfterTool: false }],
  [
    /system role (is )?not supported|(does not|doesn't) support (the )?system (role|message|prompt)/i,
    { systemMessages: 'none' },
  ],
  [/developer instruction is not enabled/i, { systemMessages: 'none' }],
  [
    /unexpected role system after|system (message|prompt|role)s? must (be|come|appear)|(only|must)[^.]{0,40}first message[^.]{0,30}system/i,
    { systemMessages: 'first' },
  ],
  [
    /must alternate|roles? (should|must) be alternating|expected last role|consecutive (user|assistant|messages)|(first|last) message[^.]{0,30}(must|should) (be|have)[^.]{0,20}user/i,
    { alternates: true },
    { systemMessages: 'first' },
    { userAfterTool: false },
  ],
  [/tool.?call.?id[^]{0,80}(length of 9|a-z, A-Z, 0-9)/i, { callIds: 'exactly9' }],
  [
    /invalid signature in thinking|thinking blocks[^.]{0,80}cannot be modified|bound to a different/i,
    { reasoning: 'turn' },
    { reasoning: 'never' },
  ],
  [/block_binding|thinking-binding/i, { thinking: 'always' }],
  [
    /adaptive thinking is not supported|(support|permit|allow)[^.]{0,20}adaptive|thinking\.type[^.]{0,20}adaptive[^.]{0,20}not/i,
    { thinking: 'budget' },
  ],
  [/use thinking\.type\.adaptive/i, { thinking: 'adaptive' }],
  [
    /(support|unknown|unexpected)[^.]{0,40}(thinking|effort)|(thinking|effort)[^.]{0,40}not (supported|permitted)/i,
    { thinking: 'none' },
  ],
  [/thought_?signature/i, { thoughtSignatures: true }],
  [
    /reasoning_content[^]{0,80}(must be|missing|required|passed back)|(missing|must|require)[^]{0,60}reasoning_content/i,
    { reasoning: 'turn' },
    { reasoning: 'always' },
  ],
  [/reasoning_content/i, { reasoning: 'never' }],
  [/encrypted.content is not supported|\bparam:include\b/i, { omits: ['include'] }],
  [/(unsupported|unknown) parameter: reasoning(?![.\w])/i, { omits: ['reasoning'] }],
  [
    /encrypted.content[^]{0,200}(verified|decrypt|invalid)|invalid_encrypted_content|type reasoning was provided without|item with id rs_/i,
    { reasoning: 'turn' },
    { reasoning: 'never' },
  ],
  [/tools=? ?param|toolConfig field must be defined|requires?[^.]{0,40}\btools\b/i, { callsNeedTools: true }],
  [/(missing|without|requires?)[^.]{0,20}properties|properties[^.]{0,30}(missing|required)/i, { bareSchemas: false }],
  [
    /messages?[^a-z]{1,12}(user[^a-z]{1,6})?name\b|\bname\b[^.]{0,40}(not (supported|permitted|allowed)|unsupported)/i,
    { userNames: false },
  ],
];

/** How they say that a model takes no images. A picture that is broken, or too large, is another matter. */
export const NO_IMAGES = [
  /(does not|doesn't|do not|don't|not) support[^.]{0,40}(image|vision|multimodal|multi-modal)/i,
  /(image|vision)[^.]{0,30}(input )?(is |are )?(not supported|unsupported|not available)/i,
  /unknown variant image_url|image_url is only supported|invalid content type[^.]{0,20}image_url/i,
  /no endpoints found that support image|is not a multimodal model|at most 0 image|missing data required for image input/i,
  /messages?[^a-z]{1,12}content must be a string/i,
];

/** A value that is out of range is the sender's: it is not left out. */
export const OUT_OF_RANGE =
  /must be (between|less|greater|at (most|least)|in the range|within|[<>])|(less|greater) than|at (most|least)|out of range|too (large|high|big|small|low)|exceed|maximum|minimum|between -?\d/i;

/** Another value may be taken. */
export const OTHER_VALUE =
  /does not support \S+ with|unsupported value|supported values|must be one of|invalid value|is not one of/i;

export const ONLY_DEFAULT = /only the default|only 1 is allowed/i;

/** Some refuse a content with the status of a wrong key: OpenRouter with 403, as in https://openrouter.ai/docs/api-reference/errors */
export const MODERATED =
  /moderat|flagged|content.?(filter|policy|management)|safety (system|policy)|sensitive content/i;

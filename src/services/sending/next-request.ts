import { toModelRequest } from '../../agent/ask-model.ts';
import type { ContextMessage } from '../../agent/message.ts';
import type { ModelRequest } from '../../agent/model.ts';
import { buildPrompt, storedImagesOf } from '../../agent/prompt.ts';
import type { Tools } from '../../agent/tool.ts';
import type { Prisma } from '../../store/generated/client.ts';
import { promptOf, promptSource } from '../history/compile-prompt.ts';
import { contextRows } from '../history/context-rows.ts';
import type { Deps } from '../deps.ts';
import type { NewRun } from '../runs/insert-run.ts';
import { loadImages } from '../images/load-images.ts';
import { toContextMessage } from '../history/message-rows.ts';
import type { RunRequest } from '../runs/run-request.ts';
import { settingsOf } from '../runs/run-settings.ts';
import { attachedTools, declaredTools } from '../tools/declared-tools.ts';
import { toolRulesOf } from '../../agent/tool-rules/rule.ts';

/** What a conversation is to be read with, to know what its next run would send. */
export const requestSource = {
  ...promptSource,
  agent: { include: { ...promptSource.agent.include, tools: attachedTools } },
  messages: { where: { inContext: true }, ...contextRows },
} satisfies Prisma.ConversationInclude;

export type RequestSource = Prisma.ConversationGetPayload<{ include: typeof requestSource }>;

/** The tools that the next run would show to its model. */
export function nextTools(
  deps: Pick<Deps, 'tools'>,
  { agent }: RequestSource,
  { clientTools }: Pick<RunRequest, 'clientTools'> = { clientTools: null },
): Tools {
  return declaredTools(deps, agent.tools, clientTools);
}

/** What this run would ask its model first, were it the next one of the conversation. */
export async function nextRequest(
  deps: Pick<Deps, 'db' | 'tools'>,
  conversation: RequestSource,
  { request, ...sent }: Pick<NewRun, 'request' | 'messages' | 'images'>,
): Promise<ModelRequest> {
  const context = conversation.messages.slice(1).map(toContextMessage);
  const images = await loadImages(deps, conversation.organizationId, storedImagesOf(context));
  for (const { id, data } of sent.images) images.set(id, data);
  const added = sent.messages.map(
    ({ kind, content }) => ({ kind, content, stepId: null, calls: [] }) as ContextMessage,
  );
  const turn = {
    tools: nextTools(deps, conversation, request),
    toolRules: toolRulesOf(conversation.agent),
    settings: settingsOf(conversation, request),
    cacheKey: conversation.id,
  };
  const system = { role: 'system', text: request.system ?? promptOf(conversation) } as const;
  return toModelRequest(turn, [system, ...buildPrompt([...context, ...added], images)], []);
}

import { NotFoundError } from '../errors.ts';
import { typeOfId } from '../ids.ts';
import type { Db } from '../store/database.ts';
import type { Agent, Conversation, Run } from '../store/generated/client.ts';
import type { Viewer } from './deps.ts';
import { visible } from './visible.ts';

export async function findAgent({ db }: { db: Db }, viewer: Viewer, id: string): Promise<Agent> {
  const agent = typeOfId(id) === 'Agent' && (await db.agent.findFirst({ where: { id, ...visible.agent(viewer) } }));
  if (!agent) throw new NotFoundError(id);
  return agent;
}

/** An agent's id means its default conversation. */
export function conversationWhere(viewer: Viewer, id: string) {
  const which = typeOfId(id) === 'Agent' ? { agentId: id, isDefault: true } : { id };
  return { ...which, ...visible.conversation(viewer) };
}

export async function findConversation({ db }: { db: Db }, viewer: Viewer, id: string): Promise<Conversation> {
  const isPossible = ['Agent', 'Conversation'].includes(typeOfId(id) ?? '');
  const conversation = isPossible && (await db.conversation.findFirst({ where: conversationWhere(viewer, id) }));
  if (!conversation) throw new NotFoundError(id);
  return conversation;
}

/** The run of a deleted conversation is gone with it. */
export async function findRun({ db }: { db: Db }, viewer: Viewer, id: string): Promise<Run> {
  const run = typeOfId(id) === 'Run' && (await db.run.findFirst({ where: { id, ...visible.run(viewer) } }));
  if (!run) throw new NotFoundError(id);
  return run;
}

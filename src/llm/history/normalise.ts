import type { ModelMessage, ModelRequest, ToolDeclaration } from '../../agent/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { lawfulArguments, lawfulName } from './lawful-call.ts';
import { nameCalls } from './name-calls.ts';
import { pairCalls } from './pair-calls.ts';
import { takeTurns } from './take-turns.ts';
import { toUser } from './user-messages.ts';

/**
 * The request as a dialect takes it, whatever the conversation holds: every call has one return right behind it, arguments
 * are JSON objects, roles stand where they may, and no text is lost. What a provider gave with a call or an answer stays
 * only on those that `handle` wrote.
 */
export function normalise(request: ModelRequest, dialect: Dialect, handle: string): ModelRequest {
  const carried = pairCalls(request.messages).flatMap((message) => carry(message, dialect, handle));
  const messages = nameCalls(takeTurns(placeSystem(carried, dialect), dialect), dialect);
  return withTools({ ...request, messages }, dialect);
}

/** Text of white space only says nothing, and some endpoints refuse it. */
function carry(message: ModelMessage, dialect: Dialect, handle: string): ModelMessage[] {
  switch (message.role) {
    case 'system':
      return message.text.trim() === '' ? [] : [message];
    case 'user':
      return [toUser(message, dialect)];
    case 'tool':
      return [message];
    case 'assistant': {
      const { origin, reasoningData, ...answer } = message;
      const isOwn = origin === handle;
      const text = answer.text.trim() === '' ? '' : answer.text;
      if (text === '' && answer.toolCalls.length === 0) return [];
      const toolCalls = answer.toolCalls.map(({ id, name, arguments: written, givenId, extra }) => ({
        id,
        name: lawfulName(name),
        arguments: lawfulArguments(written),
        ...(isOwn && { givenId, extra }),
      }));
      return [{ ...answer, text, toolCalls, ...(isOwn && { origin, reasoningData }) }];
    }
  }
}

function placeSystem(messages: ModelMessage[], { systemMessages }: Dialect): ModelMessage[] {
  if (systemMessages === 'anywhere') return messages;
  return messages.map((message, index) => {
    if (message.role !== 'system' || (systemMessages === 'first' && index === 0)) return message;
    return { role: 'user', text: `<system>\n${message.text}\n</system>` };
  });
}

/** Tools that were detached are declared as gone: many endpoints refuse calls in a request without tools. */
function withTools(request: ModelRequest, { callsNeedTools }: Dialect): ModelRequest {
  if (request.tools.length > 0 || !callsNeedTools) return request;
  const called = request.messages.flatMap((message) =>
    message.role === 'assistant' ? message.toolCalls.map(({ name }) => name) : [],
  );
  if (called.length === 0) return request;
  return { ...request, tools: [...new Set(called)].map(toGone), toolChoice: 'none' };
}

function toGone(name: string): ToolDeclaration {
  const parameters = { type: 'object', properties: {} };
  return { name, description: 'This tool is not available any more. Do not call it.', parameters };
}

import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { DomainError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isUnavailable } from '../store/unavailable.ts';

/** What was being committed may be there: with an idempotency key it can be repeated safely. */
const UNAVAILABLE = 'The database cannot be reached right now. Try again.';

/**
 * Decides what a client is told of an error. What is expected passes with its code in the extensions; an outage becomes
 * SERVICE_UNAVAILABLE; anything else says nothing but a request id, under which the log has it, once.
 */
export function createMaskError(log: Logger): (error: unknown) => GraphQLError {
  return (error) => {
    const cause = originOf(error);
    if (cause instanceof GraphQLError && isAboutRequest(error as GraphQLError)) return withCode(error as GraphQLError);
    if (isUnavailable(cause)) {
      log.warn({ err: cause }, 'the database cannot be reached');
      return replace(error, UNAVAILABLE, { code: 'SERVICE_UNAVAILABLE' });
    }
    if (cause instanceof DomainError) return replace(error, cause.message, { code: cause.code });
    const requestId = randomUUID();
    log.error(
      { requestId, err: cause, path: error instanceof GraphQLError ? error.path : undefined },
      'a request failed',
    );
    return replace(error, 'Unexpected error.', { code: 'INTERNAL_SERVER_ERROR', requestId });
  };
}

/** graphql wraps what resolvers throw, to say where it was thrown. */
function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originOf(error.originalError) : error;
}

/**
 * Our own errors have codes. Of the libraries' errors, those without a place in the result are about the document or its
 * variables, and those about an argument name it; the others are about a schema or a resolver that is wrong.
 */
function isAboutRequest({ extensions, path, message }: GraphQLError): boolean {
  return extensions['code'] !== undefined || path === undefined || message.startsWith('Argument "');
}

/** The libraries give none to what they say of syntax and of variables. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions['code']) return error;
  const code = error.message.startsWith('Syntax Error') ? 'GRAPHQL_PARSE_FAILED' : 'BAD_USER_INPUT';
  return replace(error, error.message, { ...error.extensions, code });
}

function replace(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  const { nodes, source, positions, path } = error instanceof GraphQLError ? error : new GraphQLError('');
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions,
  });
}

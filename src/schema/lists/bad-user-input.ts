import { GraphQLError } from 'graphql';

/** An argument that no valid client would send. */
export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

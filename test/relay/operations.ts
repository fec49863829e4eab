import {
  commitMutation,
  requestSubscription,
  type GraphQLTaggedNode,
  type IEnvironment,
  type MutationParameters,
  type OperationType,
} from 'relay-runtime';

/** Resolves when the answer is in the store. */
export function commit<Operation extends MutationParameters>(
  environment: IEnvironment,
  mutation: GraphQLTaggedNode,
  variables: Operation['variables'],
): Promise<Operation['response']> {
  return new Promise((resolve, reject) => {
    commitMutation<Operation>(environment, { mutation, variables, onCompleted: resolve, onError: reject });
  });
}

/** Writes into the store what the subscription brings, until it is disposed of. */
export function listen<Operation extends OperationType>(
  environment: IEnvironment,
  subscription: GraphQLTaggedNode,
  variables: Operation['variables'],
): Disposable {
  const { dispose } = requestSubscription<Operation>(environment, { subscription, variables });
  return { [Symbol.dispose]: dispose };
}

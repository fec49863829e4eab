import {
  fetchQuery,
  getPaginationMetadata,
  getPaginationVariables,
  getRefetchMetadata,
  getSingularSelector,
  type IEnvironment,
  type ReaderFragment,
} from 'relay-runtime';

interface FragmentKey {
  readonly ' $data'?: unknown;
  readonly ' $fragmentSpreads': unknown;
}

/** What useFragment gives, without React: what the store holds now. */
export function readFragment<Key extends FragmentKey>(environment: IEnvironment, fragment: ReaderFragment, key: Key) {
  return environment.lookup(getSingularSelector(fragment, key)).data as NonNullable<Key[' $data']>;
}

interface Page {
  direction: 'forward' | 'backward';
  count: number;
  cursor: string | null | undefined;
}

/** What loadNext and loadPrevious of usePaginationFragment do, without React: fetches a page into the connection. */
export async function loadPage(
  environment: IEnvironment,
  fragment: ReaderFragment,
  key: FragmentKey,
  { direction, count, cursor }: Page,
): Promise<void> {
  const { paginationRequest, paginationMetadata } = getPaginationMetadata(fragment, 'loadPage');
  const { identifierInfo } = getRefetchMetadata(fragment, 'loadPage');
  const selector = getSingularSelector(fragment, key);
  const current = { ...selector.owner.variables, ...selector.variables };
  const identity = identifierInfo ? { [identifierInfo.identifierQueryVariableName]: selector.dataID } : {};
  const variables = getPaginationVariables(direction, count, cursor, current, identity, paginationMetadata);
  await fetchQuery(environment, paginationRequest, variables).toPromise();
}

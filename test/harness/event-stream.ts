import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

/** All results of a subscription over server-sent events, up to its end. */
export async function readEventStream<Data, Variables>(
  url: string,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data[]> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const text = await response.text();
  if (!text.includes('event: complete')) throw new Error(`the stream broke off:\n${text}`);
  const results = [...text.matchAll(/^event: next\ndata: (.+)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
  return results.map(({ data, errors }) => {
    if (errors) throw new Error(JSON.stringify(errors));
    return data as Data;
  });
}

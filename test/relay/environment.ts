import { parse } from 'graphql';
import { Environment, Network, Observable, RecordSource, Store, type PayloadData, type Variables } from 'relay-runtime';
import type { TestClient } from '../harness/client.ts';

/** A store of Relay that asks the server through a client. `sent` gets the name of each query and mutation. */
export function createEnvironment(client: TestClient, sent: string[] = []): Environment {
  return new Environment({
    network: Network.create(
      async ({ name, text }, variables) => {
        sent.push(name);
        return { data: await client.execute<PayloadData, Variables>(parse(text ?? ''), variables) };
      },
      ({ text }, variables) =>
        Observable.create((sink) => {
          const events = client.subscribe<PayloadData, Variables>(parse(text ?? ''), variables);
          forward(events).then(sink.complete, sink.error);
          return () => void events.return(undefined);

          async function forward(source: AsyncIterable<PayloadData>) {
            for await (const data of source) sink.next({ data });
          }
        }),
    ),
    store: new Store(new RecordSource()),
  });
}

import { expect, test } from 'vitest';
import { startTestServer } from '../harness/server.ts';

function post(url: string, body: string, headers: Record<string, string> = {}) {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
}

test('GraphiQL opens with operations that run as they stand', async () => {
  await using server = await startTestServer();
  server.model.answers('I am Parley.');
  const page = await (await fetch(server.url, { headers: { accept: 'text/html' } })).text();
  expect(page).toContain('<title>Parley</title>');
  const [, json] = /"defaultTabs":(\[.+?\])\}/.exec(page)!;
  const [{ query, variables }] = JSON.parse(json!) as [{ query: string; variables: string }];
  const run = async (operationName: string) => {
    const body = JSON.stringify({ query, variables: JSON.parse(variables), operationName });
    return (await post(server.url, body)).json();
  };
  expect(await run('Agents')).toMatchObject({ data: { agents: { nodes: [{ name: 'Parley' }] } } });
  const answer = await run('Send');
  expect(answer).toMatchObject({ data: { sendMessage: { run: { status: 'COMPLETED' } } } });
  expect(JSON.stringify(answer)).toContain('I am Parley.');
  const body = JSON.stringify({ query, variables: JSON.parse(variables), operationName: 'Watch' });
  const stream = await post(server.url, body, { accept: 'text/event-stream' });
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  await stream.body?.cancel();
  const { data } = await server.request<{ schema: { description: string } }, object>(
    '{ schema: __schema { description } }',
    {},
  );
  expect(data?.schema.description).toContain('Parley');
});

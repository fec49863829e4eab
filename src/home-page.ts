import type { IncomingMessage, ServerResponse } from 'node:http';

const places = { graphql: '/graphql', graphiql: '/graphql', health: '/health', ready: '/ready' };

/** Says where things are: as HTML to a browser, else as JSON. Every other path than the server's own gets it with status 404. */
export function answerHome(request: IncomingMessage, response: ServerResponse, hasGraphiQL: boolean): void {
  const { graphiql: _graphiql, ...others } = places;
  const shown = hasGraphiQL ? places : others;
  const isHtml = request.headers.accept?.includes('text/html') ?? false;
  const isHome = /^\/(\?|$)/.test(request.url ?? '');
  response
    .writeHead(isHome ? 200 : 404, { 'content-type': `${isHtml ? 'text/html' : 'application/json'}; charset=utf-8` })
    .end(isHtml ? html(shown) : JSON.stringify({ name: 'Parley', ...shown }));
}

function html(shown: Record<string, string>): string {
  const items = Object.entries(shown).map(([name, path]) => `<li>${name}: <a href="${path}">${path}</a></li>`);
  return `<!doctype html><html lang="en"><title>Parley</title><h1>Parley</h1><ul>${items.join('')}</ul></html>`;
}

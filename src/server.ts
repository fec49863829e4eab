import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga, type GraphiQLOptions } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import type { Config } from './config.ts';
import { graphiqlOptions } from './graphiql.ts';
import { answerHome } from './home-page.ts';
import { listen } from './listen.ts';
import { createOriginCheck } from './request-origin.ts';
import { MAX_DOCUMENT_LENGTH } from './request-size.ts';
import type { Context } from './schema/context.ts';
import { schema } from './schema/index.ts';
import { createLoaders } from './schema/loaders.ts';
import { createMaskError } from './schema/mask-error.ts';
import { resumeStreams } from './resumable-streams.ts';
import {
  endStreams,
  executeByGraphql,
  explainNotAcceptable,
  jsonOnly,
  refuseLargeBody,
  refuseLongDocument,
  trackOperations,
} from './server-plugins.ts';
import type { Deps, Viewer } from './services/deps.ts';
import { sizedSocket } from './sized-socket.ts';
import { createUnderWay } from './under-way.ts';

const PATH = '/graphql';
const INIT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 12_000;
/** How long, once the server stops, a WebSocket client may take to answer the close frame, and a resolver to return. */
const GOODBYE_MS = 3_000;

export interface Server extends AsyncDisposable {
  url: string;
  port: number;
}

interface ServerOptions {
  deps: Deps;
  /** Everybody, as long as there is no authentication. */
  viewer: Viewer;
  config: Pick<Config, 'host' | 'allowedOrigins' | 'isProduction' | 'maxBodyBytes' | 'maxFrameBytes'> & {
    port: number;
  };
  isReady(): Promise<boolean>;
  /** How long requests under way may take once the server stops. */
  graceMs?: number;
}

/** Serves the schema over HTTP, server-sent events and WebSocket on one path. Disposing it ends every connection. */
export async function startServer({ deps, viewer, config, isReady, graceMs }: ServerOptions): Promise<Server> {
  const { host, port, allowedOrigins, isProduction, maxBodyBytes, maxFrameBytes } = config;
  const maskError = createMaskError(deps.log);
  const stopped = new AbortController();
  const operations = createUnderWay();
  const checkOrigin = createOriginCheck(allowedOrigins, deps.log);
  const yoga = createYoga({
    schema,
    context: ({ request }: { request?: Request }): Context => ({
      deps,
      viewer,
      loaders: createLoaders(deps),
      signal: request?.signal,
      resumption: request && { lastEventId: request.headers.get('last-event-id') || undefined },
    }),
    graphqlEndpoint: PATH,
    maskedErrors: { maskError },
    maxRequestBodySize: maxBodyBytes,
    multipart: false,
    cors: allowedOrigins.length > 0 ? { origin: allowedOrigins, methods: ['GET', 'POST'], credentials: false } : false,
    renderGraphiQL,
    graphiql: isProduction ? false : showGraphiQL,
    landingPage: false,
    logging: false,
    plugins: [
      executeByGraphql,
      jsonOnly,
      refuseLargeBody(maxBodyBytes),
      refuseLongDocument(MAX_DOCUMENT_LENGTH),
      explainNotAcceptable,
      resumeStreams(),
      endStreams(stopped.signal),
      trackOperations(operations),
    ],
  });

  const listener = await listen({ host, port, checkOrigin, isReady, graceMs }, (request, response) => {
    if (/^\/graphql(\/?$|\/?\?)/.test(request.url ?? '')) return yoga(request, response);
    return answerHome(request, response, !isProduction);
  });
  listener.http.on('error', (error) => deps.log.error({ err: error }, 'the HTTP server failed'));
  const webSockets = new WebSocketServer({
    server: listener.http,
    path: PATH,
    maxPayload: maxFrameBytes,
    WebSocket: sizedSocket(maxFrameBytes, deps.log),
    perMessageDeflate: false,
    verifyClient({ req }, done) {
      const refusal = checkOrigin(req);
      done(!refusal, 403, refusal, { 'Content-Type': 'application/json; charset=utf-8' });
    },
  });
  const sockets = serveSockets();

  return {
    url: `${listener.url}${PATH}`,
    port: listener.port,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      const timer = setTimeout(() => webSockets.clients.forEach((socket) => socket.terminate()), GOODBYE_MS);
      await Promise.all([sockets.dispose(), listener[Symbol.asyncDispose]()]);
      clearTimeout(timer);
      await operations.done(GOODBYE_MS);
    },
  };

  /** With the viewer's first agent. GraphiQL opens without one too, and without the database. */
  async function showGraphiQL() {
    const { organizationId } = viewer;
    const first = deps.db.agent.findFirst({ where: { organizationId, deletedAt: null }, orderBy: { id: 'asc' } });
    return graphiqlOptions((await first.catch(() => null))?.id);
  }

  /** Sockets go through yoga's pipeline, so that context, masking and every plugin hold for them too. */
  function serveSockets() {
    return useServer(
      {
        isProd: true,
        connectionInitWaitTimeout: INIT_TIMEOUT_MS,
        // The two glue lines between the types of graphql-ws and of yoga.
        execute: (args: any) => args.execute(args),
        subscribe: (args: any) => args.subscribe(args),
        async onSubscribe({ extra }, _id, { query, operationName, variables }) {
          try {
            const { parse, validate, execute, subscribe, contextFactory } = yoga.getEnveloped({ req: extra.request });
            const document = parse(query);
            const errors = validate(schema, document);
            if (errors.length > 0) return errors;
            return {
              schema,
              document,
              operationName,
              variableValues: variables,
              contextValue: await contextFactory(),
              execute,
              subscribe,
            };
          } catch (error) {
            // Thrown here it would close the socket, and end every other operation on it.
            return [maskError(error)];
          }
        },
        onNext: (_socket, _id, _payload, _args, { data, errors }) =>
          errors && { ...(data !== undefined && { data }), errors: errors.map(withoutHttp) },
        onError: (_socket, _id, _payload, errors) => errors.map((error) => withoutHttp(maskError(error))),
      },
      webSockets,
      KEEP_ALIVE_MS,
    );
  }
}

/** From a package, not from a CDN: it works without a network. Loaded with the first page: it takes 75 MB. */
async function renderGraphiQL(options: GraphiQLOptions): Promise<string> {
  const graphiql = await import('@graphql-yoga/render-graphiql');
  return graphiql.renderGraphiQL(options);
}

/** Yoga keeps status codes there, which mean nothing on a socket. */
function withoutHttp(error: GraphQLError) {
  const { extensions = {}, ...rest } = error.toJSON();
  const { http: _http, ...others } = extensions;
  return { ...rest, extensions: others };
}

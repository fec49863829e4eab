import { z } from 'zod';
import { providers, urlOf } from './provider-config.ts';
import { MAX_REQUEST_BYTES } from './request-size.ts';
import { unknownVariables } from './unknown-variables.ts';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

const Env = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  HOST: z
    .string()
    .refine(
      (host) => LOOPBACK.includes(host),
      `only ${LOOPBACK.join(', ')}: there is no authentication yet, so nobody else may reach the server`,
    )
    .default('127.0.0.1'),
  DATA_DIR: z.string().default('.parley'),
  DATABASE_URL: urlOf('postgres', 'postgresql').optional(),
  REDIS_URL: urlOf('redis', 'rediss').optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: urlOf('http', 'https').optional(),
  OPENAI_API: z.enum(['responses', 'chat']).optional(),
  GEMINI_API_KEY: z.string().optional(),
  GEMINI_BASE_URL: urlOf('http', 'https').optional(),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: urlOf('http', 'https').optional(),
  PROVIDERS: providers.default([]),
  DEFAULT_MODEL: z.string().optional(),
  MODEL_TRIES: z.coerce.number().int().min(1).max(10).default(5),
  MODEL_FIRST_TOKEN_TIMEOUT_MS: z.coerce.number().int().min(1).max(86_400_000).default(60_000),
  MODEL_REASONING_TIMEOUT_MS: z.coerce.number().int().min(1).max(86_400_000).default(300_000),
  MODEL_IDLE_TIMEOUT_MS: z.coerce.number().int().min(1).max(300_000).default(30_000),
  MODEL_CALL_LIMIT_MS: z.coerce.number().int().min(1).max(86_400_000).default(600_000),
  MODEL_OUTPUT_LIMIT_BYTES: z.coerce.number().int().min(1).max(100_000_000).default(4_194_304),
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .pipe(
      z.array(z.string().refine(isOrigin, 'not a web origin such as https://app.example, which ends without a slash')),
    ),
  MAX_BODY_BYTES: z.coerce.number().int().min(1000).max(400_000_000).default(MAX_REQUEST_BYTES),
  MAX_FRAME_BYTES: z.coerce.number().int().min(1000).max(400_000_000).default(MAX_REQUEST_BYTES),
  CALLBACK_SECRET: z
    .string()
    .regex(
      /^whsec_([A-Za-z0-9+/]{4}){8,}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
      'must be "whsec_" and at least 24 bytes in base64; to make one: echo "whsec_$(openssl rand -base64 32)"',
    )
    .transform((secret) => Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .optional(),
  CALLBACK_ALLOW_PRIVATE: z.stringbool().default(false),
  APPROVAL_TIMEOUT_MS: z.coerce.number().int().min(0).max(315_360_000_000).default(604_800_000),
  IMAGE_URLS: z.enum(['fetch', 'pass']).default('fetch'),
  IMAGE_ALLOW_PRIVATE: z.stringbool().default(false),
  IMAGE_TIMEOUT_MS: z.coerce.number().int().min(1).max(300_000).default(10_000),
  // At most ten years: beyond, the database would run out of dates.
  DELTA_RETENTION_MS: z.coerce.number().int().min(0).max(315_360_000_000).default(3_600_000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(10_000).default(100),
  // Below, a slow renewal would lose the run.
  RUN_LEASE_MS: z.coerce.number().int().min(2000).max(300_000).default(15_000),
  ORGANIZATION_CONCURRENCY: z.coerce.number().int().min(1).max(1_000_000).optional(),
  DATABASE_POOL: z.coerce.number().int().min(2).max(500).optional(),
  NODE_ENV: z.string().optional(),
  npm_lifecycle_event: z.string().optional(),
  FAILPOINT: z
    .string()
    .regex(/^(before|after):[A-Z][A-Za-z]+$/, 'expected before:EventType or after:EventType')
    .transform((text) => {
      const [moment, event] = text.split(':') as ['before' | 'after', string];
      return { moment, event };
    })
    .optional(),
});

/** As browsers send it. That of an app, such as capacitor://localhost, has no origin in the URL standard. */
export function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin } = new URL(text);
  return origin === text || (origin === 'null' && /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/.test(text));
}

export type Config = ReturnType<typeof readConfig>;

/** Reads the environment once, at startup; an empty variable counts as missing. Throws with what is wrong. */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  const result = Env.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (!result.success) throw new Error(`The configuration is not valid:\n${z.prettifyError(result.error)}`);
  const { data } = result;
  if (data.ROLE !== 'all' && !data.DATABASE_URL)
    throw new Error(
      `The configuration is not valid:\n✖ ROLE=${data.ROLE} needs DATABASE_URL: an embedded database serves one process\n  → at ROLE`,
    );
  if (data.FAILPOINT && data.NODE_ENV === 'production')
    throw new Error(
      'The configuration is not valid:\n✖ FAILPOINT is for tests of crashes, not for production\n  → at FAILPOINT',
    );
  return {
    /** Variables that were probably meant for the server. */
    warnings: unknownVariables(Object.keys(env), Object.keys(Env.shape)),
    /** A worker has nothing to serve but its health, and does so only where it was told to. */
    port: data.PORT ?? (data.ROLE === 'worker' ? undefined : 4000),
    host: data.HOST,
    dataDir: data.DATA_DIR,
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL,
    openai:
      data.OPENAI_API_KEY || data.OPENAI_BASE_URL
        ? { apiKey: data.OPENAI_API_KEY, baseUrl: data.OPENAI_BASE_URL, api: data.OPENAI_API }
        : undefined,
    gemini:
      data.GEMINI_API_KEY || data.GEMINI_BASE_URL
        ? { apiKey: data.GEMINI_API_KEY, baseUrl: data.GEMINI_BASE_URL }
        : undefined,
    anthropic:
      data.ANTHROPIC_API_KEY || data.ANTHROPIC_BASE_URL
        ? { apiKey: data.ANTHROPIC_API_KEY, baseUrl: data.ANTHROPIC_BASE_URL }
        : undefined,
    providers: data.PROVIDERS,
    defaultModel: data.DEFAULT_MODEL,
    modelTries: data.MODEL_TRIES,
    modelLimits: {
      firstTokenMs: data.MODEL_FIRST_TOKEN_TIMEOUT_MS,
      reasoningMs: data.MODEL_REASONING_TIMEOUT_MS,
      idleMs: data.MODEL_IDLE_TIMEOUT_MS,
      callMs: data.MODEL_CALL_LIMIT_MS,
      outputBytes: data.MODEL_OUTPUT_LIMIT_BYTES,
    },
    allowedOrigins: data.ALLOWED_ORIGINS,
    maxBodyBytes: data.MAX_BODY_BYTES,
    maxFrameBytes: data.MAX_FRAME_BYTES,
    workerConcurrency: data.WORKER_CONCURRENCY,
    runLeaseMs: data.RUN_LEASE_MS,
    organizationConcurrency: data.ORGANIZATION_CONCURRENCY,
    ...(data.DATABASE_POOL !== undefined && { databasePool: data.DATABASE_POOL }),
    callbacks: { secret: data.CALLBACK_SECRET, allowsPrivate: data.CALLBACK_ALLOW_PRIVATE },
    approvalTimeoutMs: data.APPROVAL_TIMEOUT_MS,
    images: {
      urls: data.IMAGE_URLS,
      allowsPrivate: data.IMAGE_ALLOW_PRIVATE,
      timeoutMs: data.IMAGE_TIMEOUT_MS,
    },
    deltaRetentionMs: data.DELTA_RETENTION_MS,
    logLevel: data.LOG_LEVEL,
    role: data.ROLE,
    isProduction: data.NODE_ENV === 'production',
    /** Started by `npm start` or `npm run dev`, and to end with it. */
    isNpmScript: ['start', 'dev'].includes(data.npm_lifecycle_event ?? ''),
    /** Where the process is to die, in a test of crashes. */
    failpoint: data.FAILPOINT,
  };
}

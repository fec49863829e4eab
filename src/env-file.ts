import { existsSync } from 'node:fs';

/** Reads `.env` of the working directory, if there is one. Variables that the environment has already win. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

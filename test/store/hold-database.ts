import { openDatabase } from '../../src/store/open-database.ts';
import { log } from './scratch.ts';

// A child process for database.test.ts, which kills it.
export const database = await openDatabase({ databaseUrl: undefined, dataDir: process.argv[2] ?? '' }, log);
process.on('message', () => {});

import { lockDirectory } from '../../src/store/directory-lock.ts';

// A child process for directory-lock.test.ts: says when it holds the lock, and holds it until killed.
export const held = lockDirectory(process.argv[2] ?? '');
process.send?.('held');
// Only the channel to the parent keeps it alive: it never outlives the test.
process.on('message', () => {});

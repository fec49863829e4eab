const FACTOR = Number(process.env['FAULT_ROUNDS'] ?? 1);

/** What the chances of a test come from. */
export const SEED = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);

/** How often a fault is tried: `few` times in each run of the tests, more in `npm run test:faults`. */
export const rounds = (few: number) => few * FACTOR;

/** For processes whose lease a test lets pass: 15 s, which is the default, is longer than a test should wait. */
export const LEASE_MS = 5000;
export const shortLease = { RUN_LEASE_MS: String(LEASE_MS) };

/** Beside the `seconds` that everything else may take. */
export const timeout = (seconds: number) => seconds * 1000 * FACTOR;

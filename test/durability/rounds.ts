const FACTOR = Number(process.env['FAULT_ROUNDS'] ?? 1);

/** What the chances of a test come from. */
export const SEED = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);

/** How often a fault is tried: `few` times in each run of the tests, more in `npm run test:faults`. */
export const rounds = (few: number) => few * FACTOR;

/** Beside the `seconds` that everything else may take. */
export const timeout = (seconds: number) => seconds * 1000 * FACTOR;

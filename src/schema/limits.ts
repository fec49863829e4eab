/** A limit, as descriptions print it: 50,000. */
export const print = (limit: number) => limit.toLocaleString('en-US');

export const seconds = (ms: number) => `${print(ms / 1000)} seconds`;

export const megabytes = (bytes: number) => `${print(bytes / 1_000_000)} MB`;

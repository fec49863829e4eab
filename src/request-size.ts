/** Bytes of a request over HTTP. */
export const MAX_BODY = 1_000_000;
/** Bytes of a WebSocket message. */
export const MAX_FRAME = 256 * 1024;

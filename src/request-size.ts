/**
 * Default limit of a request, over HTTP and as a WebSocket message: ten images of 10 MB in base64 are 133 MB; a text of
 * 500,000 characters is 3 MB where JSON escapes each.
 */
export const MAX_REQUEST_BYTES = 150_000_000;

/** The longest document of a request, in UTF-16 units, without its variables. */
export const MAX_DOCUMENT_LENGTH = 1_000_000;

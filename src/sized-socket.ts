import { WebSocket } from 'ws';
import type { Logger } from './log.ts';

const TOO_LARGE = 1009;

/** The class of the server's sockets. A frame above the limit cannot be answered, so it closes its socket, with a reason. */
export function sizedSocket(maxBytes: number, log: Logger): typeof WebSocket {
  return class SizedSocket extends WebSocket {
    override close(code?: number, reason?: string | Buffer) {
      const isSilent = code === TOO_LARGE && !reason;
      super.close(code, isSilent ? `A message is larger than ${maxBytes} bytes, the limit MAX_FRAME_BYTES` : reason);
    }

    /** What a client does wrong is no error of the server: graphql-ws would write it to standard error. */
    override emit(event: string | symbol, ...values: unknown[]): boolean {
      const [error] = values;
      if (event !== 'error' || !(error instanceof Error && 'code' in error && String(error.code).startsWith('WS_ERR_')))
        return super.emit(event, ...values);
      log.debug({ err: error }, 'a client broke the WebSocket protocol');
      return true;
    }
  };
}

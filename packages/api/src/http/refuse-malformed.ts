import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

function statusFor(error: Error): string {
  const code = 'code' in error ? error.code : '';
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
}

/** Ends a connection on which something came that is no HTTP; `answer` is that to the request before, if there was one. */
export function refuseMalformed(error: Error, socket: Duplex, answer: ServerResponse | undefined): void {
  const begun = answer !== undefined && (answer.headersSent || answer.socket !== socket);
  const answering = begun && !answer.writableFinished;
  // Clients open connections ahead of need: one that never said anything is closed without a word.
  const silent = 'bytesRead' in socket && socket.bytesRead === 0;
  if (!socket.writable || answering || silent) {
    socket.destroy();
    return;
  }
  const status = statusFor(error);
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`;
  socket.end(head, () => socket.destroy());
}

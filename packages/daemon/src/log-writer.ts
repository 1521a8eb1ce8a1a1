import type { Logger } from '@wharf/kit';

type Fields = Readonly<Record<string, unknown>>;

/** The engine's log: one line each on a stream, time, level, message, fields as JSON. */
export function streamLogger(stream: NodeJS.WritableStream, options: { readonly debug: boolean }): Logger {
  const write = (level: string, message: string, fields?: Fields) => {
    const rest = fields && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
    stream.write(`${new Date().toISOString()} ${level} ${message}${rest}\n`);
  };
  return {
    debug: (message, fields) => options.debug && write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  };
}

import { appendFileSync } from 'node:fs';

/** Where a runtime tells its caller what went wrong (`--log`, `--log-format`). */
export interface LogSettings {
  readonly file: string | undefined;
  readonly format: string;
}

/** One line as callers parse it: JSON, or logrus' text. */
export function logLine(format: string, level: 'error' | 'warning', message: string, time: string): string {
  if (format === 'json') return `${JSON.stringify({ level, msg: message, time })}\n`;
  return `time=${JSON.stringify(time)} level=${level} msg=${JSON.stringify(message)}\n`;
}

/** Writes the line, if there is a file; one that cannot be written must not hide what happened. */
export function writeLog(settings: LogSettings, level: 'error' | 'warning', message: string, time: string): void {
  if (settings.file === undefined) return;
  try {
    appendFileSync(settings.file, logLine(settings.format, level, message, time), { mode: 0o600 });
  } catch {
    // The message goes to standard error too.
  }
}

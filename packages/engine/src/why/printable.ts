import { stripVTControlCharacters } from 'node:util';

/**
 * A line with nothing in it that moves a terminal's cursor, colours or names it: what containers print, and what images
 * and clients give as commands, is not trusted.
 */
export function printable(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/[\t\r\n]+/g, '  ')
    .replace(/\p{Cc}/gu, '')
    .trimEnd();
}

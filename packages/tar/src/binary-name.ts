/**
 * File names are bytes, not text. Inside this package a name is a "binary" string, one character per byte, so that
 * names that are not UTF-8 survive; at the borders it becomes what the file system or a program needs.
 */

// oxlint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/** The name in the form that the functions of node:fs take without changing a byte. */
export function fsPath(binary: string): string | Buffer {
  return ASCII.test(binary) ? binary : Buffer.from(binary, 'latin1');
}

/** UTF-8 text as a binary name. */
export function binaryName(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The name as text, for people: bytes that are not UTF-8 show as replacement characters. */
export function displayName(binary: string): string {
  return ASCII.test(binary) ? binary : Buffer.from(binary, 'latin1').toString('utf8');
}

/** The name as text when it is valid UTF-8, else undefined. */
export function textName(binary: string): string | undefined {
  const text = displayName(binary);
  return binaryName(text) === binary ? text : undefined;
}

import { refuse } from '../containers/refuse.ts';

/** Values of log options as Go's standard library reads them, with its words for what it cannot read. */

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Undefined when Go would not take it for a truth value. */
export function tryBool(text: string): boolean | undefined {
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

/** strconv.ParseBool. Throws BAD_CONFIG; `prefix` goes before Go's words. */
export function goBool(text: string, prefix = ''): boolean {
  return tryBool(text) ?? refuse(`${prefix}strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** strconv.Atoi. Throws BAD_CONFIG. */
export function goInteger(text: string, prefix = ''): number {
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  const why = /^[+-]?\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  return refuse(`${prefix}strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`);
}

/** strconv.ParseUint. Throws BAD_CONFIG. */
export function goUnsigned(text: string, most = Number.MAX_SAFE_INTEGER, prefix = ''): number {
  const complain = (why: string) => refuse(`${prefix}strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^\d+$/.test(text)) return complain('invalid syntax');
  return Number(text) > most ? complain('value out of range') : Number(text);
}

/** What url.Parse makes of an address, as far as log drivers look at it. */
export interface Address {
  /** Lower case; empty when there is none. */
  readonly scheme: string;
  /** With its port. */
  readonly host: string;
  readonly path: string;
}

/** url.Parse. Throws BAD_CONFIG in Go's words for a port that is no number. */
export function goAddress(text: string): Address {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)/.exec(text);
  const [, scheme = '', host = '', path = ''] = match ?? [];
  const port = /:([^\]:]*)$/.exec(host)?.[0];
  if (port !== undefined && !/^:\d*$/.test(port)) {
    refuse(`parse ${JSON.stringify(text)}: invalid port ${JSON.stringify(port)} after host`);
  }
  return { scheme: scheme.toLowerCase(), host, path };
}

/** Host and port of `host:port`, brackets of IPv6 addresses taken off; port undefined when there is none. */
export function splitHost(host: string): { host: string; port: string | undefined } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(host);
  if (!match) refuse(`address ${host}: too many colons in address`);
  const [, name = '', port] = match;
  return { host: name.replace(/^\[(.*)\]$/, '$1'), port };
}

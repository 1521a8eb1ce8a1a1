import { resolve } from 'node:path';
import { refuse } from './refuse.ts';

/** The parts of a `-v` value that decide what it is. */
interface VolumeSpec {
  readonly source: string;
  readonly target: string;
}

/** Cuts at colons, but not behind the letter of a Windows drive. */
function sections(spec: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (const char of spec) {
    if (char === ':' && !/^[a-zA-Z]$/.test(part)) {
      parts.push(part);
      part = '';
    } else {
      part += char;
    }
  }
  return [...parts, part];
}

function parseSpec(spec: string): VolumeSpec {
  if (spec === '') throw refuse('invalid empty volume spec');
  if (spec.length <= 2) return { source: '', target: spec };
  const parts = /^[a-zA-Z]:[^/\\]/.test(spec) ? spec.split(':') : sections(spec);
  if (parts.includes('')) throw refuse(`invalid spec: ${spec}: empty section between colons`);
  if (parts.length > 3) throw refuse(`invalid spec: ${spec}: too many colons`);
  const [first = '', second] = parts;
  return second === undefined ? { source: '', target: first } : { source: first, target: second };
}

/**
 * Sorts `-v` values: those with a source become binds (a source that starts with a dot made absolute), the others are
 * anonymous volumes.
 */
export function sortVolumes(specs: readonly string[], cwd: string): { binds: string[]; volumes: string[] } {
  const binds: string[] = [];
  const volumes: string[] = [];
  for (const spec of new Set(specs)) {
    const { source } = parseSpec(spec);
    if (source === '') volumes.push(spec);
    else binds.push(source.startsWith('.') ? `${resolve(cwd, source)}${spec.slice(source.length)}` : spec);
  }
  return { binds, volumes };
}

import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/tree.ts';

// The link is followed, because callers may have one in their PATH.
const LAUNCHER =
  '#!/bin/sh\nhome=$(readlink -f "$0")\nhome=${home%/*}\nexec "$home/node" -- "$home/wharf-oci.cjs" "$@"\n';

/**
 * Makes the program `wharf-oci`, a launcher of its bundle. Bun, which starts faster, does not give a child process the
 * further sockets that a cell is spoken to over.
 */
export function makeOciProgram(target: string = join(root, 'build/wharf-oci')): void {
  if (existsSync(target) && readFileSync(target, 'utf8') === LAUNCHER) return;
  writeFileSync(`${target}.next`, LAUNCHER);
  chmodSync(`${target}.next`, 0o755);
  renameSync(`${target}.next`, target);
}

import { displayName, textName } from './binary-name.ts';
import { fail } from './errors.ts';
import { dirname, isBelow, join, type LayerTree } from './layer-tree.ts';
import type { SpecialEntry } from './unpack-types.ts';

type NodeEntry = Omit<Extract<SpecialEntry, { kind: 'node' }>, 'kind'>;

/**
 * Attributes that an archive may set. "trusted." belongs to overlayfs: with trusted.overlay.redirect a layer could show
 * what is not in it. Docker's containerd refuses it, too.
 */
const ALLOWED_XATTR = /^(?:user\.(?!overlay\.)|security\.|system\.posix_acl_(?:access|default)$)/;
/** Limits of Linux (xattr(7)). */
const MAX_XATTR_NAME = 255;
const MAX_XATTR_VALUE = 65_536;

/** Collects what Node cannot make: device nodes, whiteouts, extended attributes. Paths are binary names. */
export class SpecialEntries {
  readonly #limit: number;
  readonly #nodes = new Map<string, NodeEntry>();
  readonly #whiteouts = new Set<string>();
  readonly #opaques = new Set<string>();
  readonly #xattrs = new Map<string, Map<string, Buffer>>();
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  #grow(): void {
    this.#count += 1;
    if (this.#count > this.#limit) throw fail('TAR_TOO_LARGE', `archive has more than ${this.#limit} special entries`);
  }

  whiteout(dir: string, name: string): void {
    this.#grow();
    this.#whiteouts.add(join(dir, name));
  }

  opaque(dir: string): void {
    this.#grow();
    this.#opaques.add(dir);
  }

  node(path: string): NodeEntry | undefined {
    return this.#nodes.get(path);
  }

  addNode(node: NodeEntry): void {
    this.#grow();
    this.#nodes.set(node.path, node);
  }

  /** Attributes of a kind that archives have no business with are dropped. */
  xattr(path: string, name: string, value: Buffer): void {
    if (!ALLOWED_XATTR.test(name) || name.length > MAX_XATTR_NAME || value.length > MAX_XATTR_VALUE) return;
    this.#grow();
    const own = this.#xattrs.get(path) ?? new Map<string, Buffer>();
    own.set(name, value);
    this.#xattrs.set(path, own);
  }

  /** A new entry takes this path: what was collected for the old one is void. */
  forget(path: string): void {
    this.#nodes.delete(path);
    this.#xattrs.delete(path);
  }

  /** The path was removed with everything below it. */
  forgetBelow(path: string): void {
    this.forget(path);
    for (const known of [this.#nodes, this.#xattrs, this.#opaques, this.#whiteouts]) {
      for (const each of known.keys()) if (each !== path && isBelow(each, path)) known.delete(each);
    }
  }

  /** The entries in an order in which they can be made, and the directories whose time that changes. */
  finish(tree: LayerTree, isReal: (path: string) => boolean): { special: SpecialEntry[]; disturbed: Set<string> } {
    const special: SpecialEntry[] = [];
    const disturbed = new Set<string>();
    const opaques = new Set(this.#opaques);
    for (const [path, node] of this.#nodes) {
      if (!isReal(dirname(path))) continue;
      special.push({ kind: 'node', ...node, path: text(path) });
      disturbed.add(dirname(path));
    }
    for (const path of this.#whiteouts) {
      // A whiteout speaks of lower layers only: what the layer itself has there stays (image-spec, layer).
      if (isReal(path)) opaques.add(path);
      if (!isReal(dirname(path)) || this.#nodes.has(path) || tree.stat(path)) continue;
      special.push({ kind: 'whiteout', path: text(path) });
      disturbed.add(dirname(path));
    }
    for (const path of opaques) if (isReal(path)) special.push({ kind: 'opaque', path: text(path) });
    for (const [path, own] of this.#xattrs) {
      if (!isReal(dirname(path))) continue;
      for (const [name, value] of own) special.push({ kind: 'xattr', path: text(path), name, value });
    }
    return { special, disturbed };
  }
}

function text(path: string): string {
  const name = textName(path);
  if (name !== undefined) return name;
  throw fail('TAR_UNSAFE', `invalid tar entry "${displayName(path)}": the name of a special file must be UTF-8`);
}

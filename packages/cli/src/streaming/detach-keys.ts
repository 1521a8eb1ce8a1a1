/** The keys that detach from a container unless the user says otherwise: ctrl-p, ctrl-q. */
const DEFAULT_KEYS = Uint8Array.of(16, 17);

const CONTROL = 'abcdefghijklmnopqrstuvwxyz';
const CONTROL_SIGNS: Readonly<Record<string, number>> = { '@': 0, '[': 27, '\\': 28, ']': 29, '^': 30, _: 31 };

function keyCode(key: string): number | undefined {
  if (key.length === 1) return key.charCodeAt(0) < 128 ? key.charCodeAt(0) : undefined;
  if (key.toLowerCase() === 'del') return 127;
  const sign = /^ctrl-(.)$/i.exec(key)?.[1]?.toLowerCase();
  if (sign === undefined) return undefined;
  const letter = CONTROL.indexOf(sign);
  return letter >= 0 ? letter + 1 : CONTROL_SIGNS[sign];
}

/** Reads `ctrl-p,ctrl-q`, `ctrl-@,x`, …; the default for an empty text, undefined for one that is not understood. */
export function parseDetachKeys(text: string): Uint8Array | undefined {
  if (text === '') return DEFAULT_KEYS;
  const codes = text.split(',').map(keyCode);
  return codes.includes(undefined) ? undefined : Uint8Array.from(codes as number[]);
}

/** Watches typed bytes for the detach keys. Bytes that may be the beginning of them are held back. */
export class DetachScanner {
  readonly #keys: Uint8Array;
  #held = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** Returns the bytes that are for the container, and whether the keys are complete. */
  scan(bytes: Uint8Array): { readonly data: Uint8Array; readonly detached: boolean } {
    const out: number[] = [];
    for (const byte of bytes) {
      if (byte !== this.#keys[this.#held]) {
        out.push(...this.#keys.subarray(0, this.#held));
        this.#held = 0;
      }
      if (byte === this.#keys[this.#held]) this.#held += 1;
      else out.push(byte);
      if (this.#held === this.#keys.length) return { data: Uint8Array.from(out), detached: true };
    }
    return { data: Uint8Array.from(out), detached: false };
  }
}

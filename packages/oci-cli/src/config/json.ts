import { fail } from '../errors.ts';

const MAX_ITEMS = 65_536;

/** A value of a document of the caller's, with its place in it; every reading checks the type. Throws OCI_CONFIG. */
export class Json {
  readonly value: unknown;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.#path = path;
  }

  #fail(wanted: string): never {
    throw fail('OCI_CONFIG', `${this.#path || 'the document'} has to be ${wanted}`);
  }

  /** Neither missing nor null. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  #object(): Readonly<Record<string, unknown>> {
    if (!this.present) return {};
    if (typeof this.value !== 'object' || Array.isArray(this.value)) this.#fail('an object');
    return this.value as Readonly<Record<string, unknown>>;
  }

  /** A member; a missing one can be read on. */
  at(name: string): Json {
    const object = this.#object();
    return new Json(
      Object.hasOwn(object, name) ? object[name] : undefined,
      this.#path ? `${this.#path}.${name}` : name,
    );
  }

  /** Undefined when missing or empty. No text of a configuration may have a NUL in it. */
  text(): string | undefined {
    if (!this.present) return undefined;
    if (typeof this.value !== 'string' || this.value.includes('\0')) this.#fail('a text');
    return (this.value as string) || undefined;
  }

  number(): number | undefined {
    if (!this.present) return undefined;
    if (typeof this.value !== 'number' || !Number.isInteger(this.value)) this.#fail('a whole number');
    return this.value as number;
  }

  flag(): boolean {
    if (this.present && typeof this.value !== 'boolean') this.#fail('true or false');
    return this.value === true;
  }

  items(): Json[] {
    if (!this.present) return [];
    if (!Array.isArray(this.value) || this.value.length > MAX_ITEMS) this.#fail('a list');
    return (this.value as unknown[]).map((item, at) => new Json(item, `${this.#path}[${at}]`));
  }

  strings(): string[] {
    return this.items().map((item) => item.text() ?? '');
  }

  /** An object of texts. */
  texts(): Record<string, string> {
    const names = Object.keys(this.#object());
    return Object.fromEntries(names.map((name) => [name, this.at(name).text() ?? '']));
  }
}

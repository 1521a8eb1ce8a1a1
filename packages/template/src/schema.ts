import { fail } from './errors.ts';
import { ANY, BOOL, FLOAT64, INT, INT32, STRING, UINT8 } from './types.ts';
import type { Field, GoType, Kind } from './value.ts';

/**
 * Go types written down briefly, so that templates see what they would see in Docker's own structures:
 *
 *     container.State
 *       Status string
 *       Pid int
 *       Health *container.Health ,
 *
 * An unindented line names a struct; an indented one a field: Go name, type, and optionally its JSON name (`ID string
 * Id`) with a trailing comma when JSON omits it when empty. `name = type` defines a named type.
 */
export class Schema {
  private readonly definitions = new Map<string, string[]>();
  private readonly named = new Map<string, string>();
  private readonly types = new Map<string, GoType>();
  private readonly texts: Readonly<Record<string, NonNullable<GoType['text']>>>;

  constructor(source: string, texts: Readonly<Record<string, NonNullable<GoType['text']>>> = {}) {
    this.texts = texts;
    let fields: string[] = [];
    for (const line of source.split('\n')) {
      if (line.trim() === '') continue;
      if (line.startsWith(' ')) fields.push(line.trim());
      else if (line.includes(' = ')) this.define(line);
      else {
        fields = [];
        this.definitions.set(line.trim(), fields);
      }
    }
  }

  private define(line: string): void {
    const [name = '', type = ''] = line.split(' = ');
    this.named.set(name.trim(), type.trim());
  }

  /** The type that a name or type expression (`*x`, `[]x`, `map[string]x`) stands for. */
  type(name: string): GoType {
    const known = PREDECLARED.get(name) ?? this.types.get(name);
    if (known !== undefined) return known;
    const made = this.make(name);
    this.types.set(name, made);
    return made;
  }

  private make(name: string): GoType {
    if (name.startsWith('*')) return this.composite(name, 'ptr', name.slice(1));
    if (name.startsWith('[]')) return this.composite(name, 'slice', name.slice(2));
    const map = /^map\[([\w.]+)\](.+)$/.exec(name);
    if (map !== null) return this.composite(name, 'map', map[2] ?? '');
    const target = this.named.get(name);
    if (target !== undefined) return this.namedType(name, target);
    const fields = this.definitions.get(name);
    if (fields === undefined) throw fail('TEMPLATE_EXECUTION', `unknown type ${name}`);
    return this.struct(name, fields);
  }

  private composite(name: string, kind: Kind, elem: string): GoType {
    return { name, kind, elem: this.type(elem) };
  }

  private namedType(name: string, target: string): GoType {
    const type = this.type(target);
    const text = this.texts[name];
    const underlying = type.kind === 'slice' || type.kind === 'map' ? { underlying: type.name } : {};
    return { ...type, name, ...underlying, ...(text === undefined ? {} : { text }) };
  }

  private struct(name: string, lines: readonly string[]): GoType {
    const fields: Field[] = [];
    const text = this.texts[name];
    const type: GoType = { name, kind: 'struct', fields, ...(text === undefined ? {} : { text }) };
    this.types.set(name, type);
    for (const line of lines) {
      const [field = '', of = '', tag = ''] = line.split(' ');
      const json = tag.replace(',', '');
      fields.push({ name: field, type: this.type(of), json: json === '' ? field : json, omitEmpty: tag.endsWith(',') });
    }
    return type;
  }
}

const INTEGERS: readonly GoType[] = [
  { name: 'int8', kind: 'int' },
  { name: 'int16', kind: 'int' },
  { name: 'int64', kind: 'int' },
  { name: 'uint', kind: 'uint' },
  { name: 'uint16', kind: 'uint' },
  { name: 'uint32', kind: 'uint' },
  { name: 'uint64', kind: 'uint' },
];

/** The values of a map that serves as a set. */
const EMPTY: GoType = { name: 'struct {}', kind: 'struct', fields: [] };

const PREDECLARED: ReadonlyMap<string, GoType> = new Map<string, GoType>([
  ...[BOOL, INT, INT32, UINT8, FLOAT64, STRING, ANY, ...INTEGERS].map((type): [string, GoType] => [type.name, type]),
  ['any', ANY],
  ['struct{}', EMPTY],
]);

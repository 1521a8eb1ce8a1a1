/**
 * Makes the Engine API types from the API's public description.
 *
 *   node tools/generate-engine-types.ts <engine-api.yaml>
 *
 * The description itself stays outside the repository: only names and shapes are taken. Two files come out:
 * `packages/spec/src/engine/engine-api.gen.ts` (TypeScript types) and `packages/api/src/create/create-schema.gen.ts`
 * (field types of the body of POST /containers/create, as data, for checking requests).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');

/** The part of a schema node that matters here. */
export interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly allOf?: readonly SchemaNode[];
  readonly 'x-nullable'?: boolean;
}
type Definitions = Readonly<Record<string, SchemaNode>>;

/** Go types that clients see in messages and that the description leaves open. */
const WORDS: Readonly<Record<string, string>> = {
  'CreateRequest.Cmd': 'strslice',
  'CreateRequest.Entrypoint': 'strslice',
  'CreateRequest.Shell': 'strslice',
  'HostConfig.CapAdd': 'strslice',
  'HostConfig.CapDrop': 'strslice',
  'HostConfig.CpuShares': 'int64',
  'HostConfig.BlkioWeight': 'uint16',
  'HostConfig.ConsoleSize': '[]uint',
  'HostConfigBlkioWeightDeviceItem.Weight': 'uint16',
  'HostConfigUlimitsItem.Soft': 'int64',
  'HostConfigUlimitsItem.Hard': 'int64',
  'MountTmpfsOptions.Mode': 'uint32',
};

const refName = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);
const propertyName = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`);

function renderObject(node: SchemaNode, indent: string): string {
  const properties = Object.entries(node.properties ?? {});
  if (properties.length === 0) {
    const extra = node.additionalProperties;
    if (typeof extra === 'object') return `Record<string, ${renderType(extra, indent)}>`;
    if (node.enum !== undefined) return 'Record<string, never>';
    return 'Record<string, unknown>';
  }
  const inner = `${indent}  `;
  const lines = properties.map(([name, child]) => {
    const optional = node.required?.includes(name) === true ? '' : '?';
    return `${inner}${propertyName(name)}${optional}: ${renderType(child, inner)};`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function renderBare(node: SchemaNode, indent: string): string {
  if (node.$ref !== undefined) return refName(node.$ref);
  if (node.allOf !== undefined) {
    const parts = node.allOf.map((part) => renderType(part, indent));
    return parts.filter((part) => part !== 'unknown').join(' & ');
  }
  if (node.enum?.every((value) => typeof value !== 'object') === true) {
    const values = node.enum.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)));
    return [...new Set(values)].join(' | ');
  }
  if (node.type === 'array') {
    const item = renderType(node.items ?? {}, indent);
    return /[ |&{]/.test(item) ? `Array<${item}>` : `${item}[]`;
  }
  if (node.type === 'object' || node.properties !== undefined) return renderObject(node, indent);
  if (node.type === 'string') return 'string';
  if (node.type === 'integer' || node.type === 'number') return 'number';
  if (node.type === 'boolean') return 'boolean';
  return 'unknown';
}

function renderType(node: SchemaNode, indent: string): string {
  const bare = renderBare(node, indent);
  return node['x-nullable'] === true && bare !== 'unknown' ? `${bare} | null` : bare;
}

/** Renders all definitions as exported types. */
export function renderTypes(definitions: Definitions): string {
  const blocks = Object.entries(definitions).map(([name, node]) => {
    const body = renderBare(node, '');
    return body.startsWith('{') && node.allOf === undefined
      ? `export interface ${name} ${body}`
      : `export type ${name} = ${body};`;
  });
  return `// Made by tools/generate-engine-types.ts from the Engine API v1.55 description. Do not edit.\n\n${blocks.join('\n\n')}\n`;
}

/** Flattens allOf and references into one list of properties. */
function fieldsOf(node: SchemaNode, definitions: Definitions): Record<string, SchemaNode> {
  const target = node.$ref === undefined ? node : (definitions[refName(node.$ref)] ?? {});
  const parts = (target.allOf ?? []).map((part) => fieldsOf(part, definitions));
  return Object.assign({}, ...parts, target.properties ?? {});
}

/** Collects the object types reachable from one node as `name → field → type word`. */
class SchemaCollector {
  readonly table: Record<string, Record<string, string>> = {};
  readonly #definitions: Definitions;

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  /** The type word of a node: a Go scalar name, `strslice`, `[]T`, `map:T`, `@Name`, `empty` or `any`. */
  word(node: SchemaNode, path: string): string {
    const target = node.$ref === undefined ? node : (this.#definitions[refName(node.$ref)] ?? {});
    const name = node.$ref === undefined ? path : refName(node.$ref);
    const [first] = target.allOf ?? [];
    if (target.allOf?.length === 1 && first !== undefined) return this.word(first, name);
    if (target.allOf !== undefined || target.properties !== undefined) return this.#object(name, target);
    if (target.type === 'array') return `[]${this.word(target.items ?? {}, `${name}Item`)}`;
    if (target.type === 'object') {
      const extra = target.additionalProperties;
      return typeof extra === 'object' ? `map:${this.word(extra, `${name}Value`)}` : 'empty';
    }
    if (target.type === 'string') return 'string';
    if (target.type === 'boolean') return 'bool';
    if (target.type === 'number') return 'float64';
    if (target.type === 'integer') return target.format ?? 'int';
    return 'any';
  }

  #object(name: string, node: SchemaNode): string {
    if (this.table[name] !== undefined) return `@${name}`;
    const fields: Record<string, string> = {};
    this.table[name] = fields;
    for (const [field, child] of Object.entries(fieldsOf(node, this.#definitions))) {
      fields[field] = WORDS[`${name}.${field}`] ?? this.word(child, `${name}${field}`);
    }
    return `@${name}`;
  }
}

/** Renders the field table of the create body: configuration at the top level, HostConfig and NetworkingConfig inside. */
export function renderCreateSchema(definitions: Definitions): string {
  const collector = new SchemaCollector(definitions);
  const reference = (name: string): SchemaNode => ({ $ref: `#/definitions/${name}` });
  collector.word(
    {
      properties: {
        ...fieldsOf(reference('ContainerConfig'), definitions),
        HostConfig: reference('HostConfig'),
        NetworkingConfig: reference('NetworkingConfig'),
      },
    },
    'CreateRequest',
  );
  const tables = Object.entries(collector.table).map(([name, fields]) => {
    const lines = Object.entries(fields).map(([field, word]) => `    ${propertyName(field)}: '${word}',`);
    return `  ${name}: {\n${lines.join('\n')}\n  },`;
  });
  return [
    '// Made by tools/generate-engine-types.ts from the Engine API v1.55 description. Do not edit.\n',
    '/** Fields of every object in the create body: a scalar name, `[]T`, `map:T`, `@Name` of another table, `empty` (an object whose members do not matter). */',
    `export const CREATE_SCHEMA: Readonly<Record<string, Readonly<Record<string, string>>>> = {\n${tables.join('\n')}\n};\n`,
  ].join('\n');
}

function write(path: string, text: string): void {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

if (import.meta.main) {
  const source = process.argv[2];
  if (source === undefined) {
    process.stderr.write('usage: node tools/generate-engine-types.ts <engine-api.yaml>\n');
    process.exitCode = 2;
  } else {
    const { definitions } = parse(readFileSync(source, 'utf8'), { maxAliasCount: -1 }) as { definitions: Definitions };
    write('packages/spec/src/engine/engine-api.gen.ts', renderTypes(definitions));
    write('packages/api/src/create/create-schema.gen.ts', renderCreateSchema(definitions));
  }
}

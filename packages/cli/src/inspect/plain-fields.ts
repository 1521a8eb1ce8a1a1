import type { FoundObject } from './print-objects.ts';

const FIELDS = /\{\{ ?((?:\.[A-Za-z_][A-Za-z0-9_]*)+) ?\}\}/;

/** Fields that Docker's structures hold as times or durations, which print otherwise than their JSON. */
const CONVERTED = new Set(['Metadata', 'Healthcheck']);

/** A template that only joins fields: texts at even places, paths of fields at odd ones. */
export type PlainTemplate = readonly (string | readonly string[])[];

/** The template's parts if it is plain, as most are: then no template engine is needed to run it. */
export function plainTemplate(source: string): PlainTemplate | undefined {
  const parts = source.split(FIELDS);
  const plain = parts.map((part, index) => (index % 2 === 0 ? part : part.slice(1).split('.')));
  return plain.some((part) => typeof part === 'string' && part.includes('{{')) ? undefined : plain;
}

/**
 * What a plain template prints for an object, when all its fields are texts, switches or whole numbers, which look the
 * same in every view of the object; else nothing, and the template engine has to decide.
 */
export function printPlain(template: PlainTemplate, object: FoundObject): string | undefined {
  if (object.type !== 'container' && object.type !== 'image') return undefined;
  const document: unknown = JSON.parse(object.json);
  const texts = template.map((part) => (typeof part === 'string' ? part : leaf(document, part)));
  return texts.includes(undefined) ? undefined : texts.join('');
}

function leaf(document: unknown, path: readonly string[]): string | undefined {
  let node = document;
  for (const name of path) {
    const known = typeof node === 'object' && node !== null && !Array.isArray(node) && Object.hasOwn(node, name);
    if (!known || CONVERTED.has(name)) return undefined;
    node = (node as Readonly<Record<string, unknown>>)[name];
  }
  if (typeof node === 'string') return node;
  return typeof node === 'boolean' || Number.isSafeInteger(node) ? String(node) : undefined;
}

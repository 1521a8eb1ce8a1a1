import { messageOf } from '@wharf/kit';
import { type GoType, type GoValue, pointerTo, Template } from '@wharf/template';
import { fail } from '../errors.ts';
import { type RowKind, templateOf } from './columns.ts';
import { containerRows } from './container-row.ts';
import type { DiskUsage } from './disk-usage.ts';
import { cacheRows, objectRows } from './disk-usage-objects.ts';
import { imageRows } from './image-row.ts';
import { rowValue } from './list-template.ts';
import { volumeRows } from './volume-row.ts';

const RAW = `{{range .Images}}type: Image
repository: {{.Repository}}
tag: {{.Tag}}
digest: {{.Digest}}
image_id: {{.ID}}
created_at: {{.CreatedAt}}
virtual_size: {{.Size}}

{{end}}{{range .Containers}}type: Container
container_id: {{.ID}}
image: {{.Image}}
command: {{.Command}}
created_at: {{.CreatedAt}}
state: {{.State}}
status: {{.Status}}
names: {{.Names}}
labels:{{- pad .Labels 1 0}}
ports:{{- pad .Ports 1 0}}
size: {{.Size}}

{{end}}{{range .Volumes}}type: Volume
name: {{.Name}}
driver: {{.Driver}}

{{end}}`;

/** `system df -v` with a template of the user, over all objects at once. @throws TEMPLATE_EXECUTION */
export function renderObjects(usage: DiskUsage, source: string, now: number): string {
  const rows = objectRows(usage, false, now);
  const fields = [
    list('Images', '[]*formatter.imageContext', imageRows, rows.images),
    list('Containers', '[]*formatter.ContainerContext', containerRows, rows.containers),
    list('Volumes', '[]*formatter.volumeContext', volumeRows, rows.volumes),
    list('BuildCache', '[]*formatter.buildCacheContext', cacheRows, rows.cache),
  ];
  const type: GoType = { name: 'formatter.diskUsageContext', kind: 'struct', fields: fields.map(({ field }) => field) };
  const values = new Map(fields.map(({ field, value }) => [field.name, value]));
  const value: GoValue = { kind: 'ptr', type: pointerTo(type), target: { kind: 'struct', type, values } };
  const template = parse(source === 'raw' ? RAW : templateOf(source));
  return template.execute(value);
}

function parse(source: string): Template {
  try {
    return new Template(source);
  } catch (cause) {
    throw fail('TEMPLATE_EXECUTION', `template parsing error: ${messageOf(cause)}`, { cause });
  }
}

function list<Row>(name: string, typeName: string, kind: RowKind<Row>, rows: readonly Row[]) {
  const elem: GoType = { name: typeName.replace(/^\[\]/, ''), kind: 'ptr' };
  const type: GoType = { name: typeName, kind: 'slice', elem };
  const value: GoValue = { kind: 'slice', type, items: rows.map((row) => rowValue(kind, row)) };
  return { field: { name, json: name, omitEmpty: false, type }, value };
}

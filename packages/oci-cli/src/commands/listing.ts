import { runPs } from '@wharf/linux';
import { ContainerCgroup } from '../container/machine.ts';
import { stateDocument, statusOf } from '../container/status.ts';
import { fail } from '../errors.ts';
import { parseFlags } from '../flags.ts';
import type { Command } from './command.ts';

/** Columns as wide as what is in them. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, at) => cell.padEnd((widths[at] ?? 0) + 3)).join('');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** `list`. */
export const list: Command = async (host, args) => {
  const flags = parseFlags(args, { format: 'value', quiet: 'flag' }, { f: 'format', q: 'quiet' });
  const items = host.states.all().map((state) => ({
    ...stateDocument(state, statusOf(host.states, state)),
    rootfs: state.config.root.path,
    created: state.created,
    owner: 'root',
  }));
  const cells = items.map((item) => new Map(Object.entries(item).map(([name, value]) => [name, String(value)])));
  const names = ['id', 'pid', 'status', 'bundle', 'created', 'owner'];
  if (flags.has('quiet')) host.print(cells.map((item) => `${item.get('id')}\n`).join(''));
  else if (flags.text('format') === 'json') host.print(JSON.stringify(items));
  else
    host.print(
      table([names.map((name) => name.toUpperCase()), ...cells.map((row) => names.map((name) => row.get(name) ?? ''))]),
    );
  return 0;
};

/** `ps ID [OPTIONS OF PS]`. */
export const ps: Command = async (host, args) => {
  const flags = parseFlags(args, { format: 'value' }, { f: 'format' });
  const state = host.states.get(flags.id);
  const pids = new ContainerCgroup(state.config.linux.cgroupsPath).processes();
  const format = flags.text('format') ?? 'table';
  if (format === 'json') {
    host.print(JSON.stringify(pids));
    return 0;
  }
  if (format !== 'table') throw fail('OCI_USAGE', `invalid format option: ${format}`);
  const words = flags.rest.slice(1);
  const [head = '', ...lines] = (await runPs(words.length > 0 ? words : ['-ef'])).split('\n');
  const at = head.split(/\s+/).filter(Boolean).indexOf('PID');
  const ours = lines.filter((line) => pids.includes(Number(line.split(/\s+/).filter(Boolean)[at])));
  host.print([head, ...ours].map((line) => `${line}\n`).join(''));
  return 0;
};

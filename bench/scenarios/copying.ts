import type { Row } from '../report.ts';
import { rounds, type Subject, type Times } from '../scenario.ts';

const SIZE = 500 << 20;
const CHUNK = Buffer.alloc(1 << 20, 'wharf');
const GOALS = { 'cp of 500 MB into a container': '≥ 1.5 x', 'cp of 500 MB out of a container': '≥ 1.5 x' };

/** Header of a tar entry (POSIX ustar) for a regular file. */
function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

async function* archive(): AsyncGenerator<Uint8Array> {
  yield header('big', SIZE);
  for (let at = 0; at < SIZE; at += CHUNK.length) yield CHUNK;
  yield Buffer.alloc(1024);
}

async function round({ api }: Subject): Promise<Times> {
  const id = await api.create({ Cmd: ['sleep', '1000'] });
  await api.call('POST', `/containers/${id}/start`);
  const into = await api.stream('PUT', `/containers/${id}/archive?path=/`, { tar: archive() });
  const out = await api.stream('GET', `/containers/${id}/archive?path=/big`);
  await api.call('DELETE', `/containers/${id}?force=1`);
  return { 'cp of 500 MB into a container': into.took, 'cp of 500 MB out of a container': out.took };
}

/** A big file into a running container and out again. */
export function copying(subjects: readonly Subject[], iterations: number): Promise<Row[]> {
  return rounds(subjects, iterations, GOALS, round);
}

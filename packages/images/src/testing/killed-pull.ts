/** A pull that kills its own process in the middle, for a test: one layer is complete, one half there. */
import { Readable } from 'node:stream';
import { archive } from './archives.ts';
import { ImageWorld } from './image-world.ts';

const world = new ImageWorld({}, process.argv[2]);
const ready = { tar: archive({ name: 'ready', content: 'x' }) };
const half = { tar: archive({ name: 'half', content: Buffer.alloc(2_000_000, 'h') }) };
const { layers } = world.registry.putImage(['library/a:latest'], { layers: [ready, half] });

async function* untilKilled(bytes: Buffer) {
  yield bytes.subarray(0, 1_500_000);
  // Long enough for the other layer to get its place and for this one to be half written.
  const timer = setInterval(() => {
    if (world.names('layers').length > 0) process.kill(process.pid, 'SIGKILL');
  }, 20);
  await new Promise(() => timer.ref());
}

if (layers[1]) world.registry.serve(layers[1], (bytes) => ({ stream: Readable.from(untilKilled(bytes)), offset: 0 }));
await world.pull('a');

import { silentLogger, systemClock } from '@wharf/kit';
import { createHub } from '../hub.ts';

/** A Hub as a process of its own, so that a test can kill it. Usage: `node hub-process.ts <root>`; prints its URL. */
const hub = createHub({ root: process.argv[2] ?? '', clock: systemClock(), logger: silentLogger });
const { url } = await hub.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${url}\n`);

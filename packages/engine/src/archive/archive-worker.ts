/** Entry of the threads that read and write containers' files (bundled on its own): everything there blocks. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { errnoOf, messageOf, WharfError } from '@wharf/kit';
import { LibC } from '@wharf/linux';
import { DirectBody } from './direct-body.ts';
import type { PortableError, Reply, Request } from './messages.ts';
import { Session } from './session.ts';
import { SlotQueue } from './slot-queue.ts';

interface Open {
  readonly session: Session;
  readonly slots: (slot: number) => Buffer;
  readonly queue: SlotQueue;
  /** Resolves when nothing of the session runs any more. */
  readonly ended: Promise<void>;
}

function serve(port: MessagePort): void {
  const libc = new LibC();
  const sessions = new Map<number, Open>();
  const answer = (reply: Reply) => port.postMessage(reply);
  const failed = (id: number, error: unknown) => answer({ type: 'failed', id, error: portable(error) });

  const open = ({ id, job, memory, slot }: Extract<Request, { type: 'open' }>) => {
    const session = new Session(job.request.root, libc);
    const slots = (at: number) => Buffer.from(memory, at * slot, slot);
    const queue = new SlotQueue((at) => answer({ type: 'taken', id, slot: at }));
    try {
      const value = session.open(job);
      const reading = job.name === 'extract' ? session.take(queue) : undefined;
      const ended = reading?.then(
        () => answer({ type: 'done', id }),
        (error: unknown) => failed(id, error),
      );
      sessions.set(id, { session, slots, queue, ended: ended ?? Promise.resolve() });
      answer({ type: 'opened', id, answer: value });
    } catch (error) {
      session.close();
      throw error;
    }
  };

  const close = async (id: number) => {
    const found = sessions.get(id);
    sessions.delete(id);
    if (found) {
      found.queue.abort();
      await found.ended;
      found.session.close();
    }
    answer({ type: 'closed', id });
  };

  const perform = (request: Request) => {
    if (request.type === 'open') return open(request);
    if (request.type === 'close') return void close(request.id);
    const found = sessions.get(request.id);
    if (!found) return;
    if (request.type === 'end') return found.queue.end();
    if (request.type === 'direct') {
      return found.queue.divert(new DirectBody(libc.duplicate(request.fd), request.head, request.framing));
    }
    const slot = found.slots(request.slot);
    if (request.type === 'data') return found.queue.push(request.slot, slot.subarray(0, request.bytes));
    answer({ type: 'filled', id: request.id, slot: request.slot, bytes: found.session.fill(slot) });
  };

  port.on('message', (request: Request) => {
    try {
      perform(request);
    } catch (error) {
      failed(request.id, error);
    }
  });
}

function portable(error: unknown): PortableError {
  const errno = errnoOf(error);
  const syscall = error instanceof Error && 'syscall' in error ? String(error.syscall) : undefined;
  const isSystem = errno !== undefined && syscall !== undefined;
  return {
    message: messageOf(error),
    ...(error instanceof WharfError && { known: { code: error.code, kind: error.kind } }),
    ...(isSystem && { errno, syscall }),
    ...(errno === 'ENOENT' && { errno }),
  };
}

if (parentPort) serve(parentPort);

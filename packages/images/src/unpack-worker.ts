/** Entry of the image store's worker threads (bundled on its own): everything that would block the engine's loop. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { messageOf, WharfError } from '@wharf/kit';
import { unpackLayer } from '@wharf/tar';
import { ChunkQueue } from './workers/chunk-queue.ts';
import type { JobName, Jobs, PortableError, Reply, Request } from './workers/messages.ts';
import { adoptAttributes, removeTree, setTimes, treeSize } from './workers/tree-jobs.ts';

function serve(port: MessagePort): void {
  let chunks = new ChunkQueue(() => {});
  const answer = (reply: Reply) => port.postMessage(reply);
  const perform = async (job: Extract<Request, { type: 'job' }>): Promise<Jobs[JobName]['answer']> => {
    switch (job.name) {
      case 'unpack':
        // Other tools pass over data after an archive's end. The digest already says that these are the right bytes.
        return await unpackLayer(chunks, job.request.target, { trailing: 'ignore' });
      case 'remove':
        return removeTree(job.request.path);
      case 'usage':
        return treeSize(job.request.path);
      case 'times':
        return setTimes(job.request.root, job.request.times);
      case 'adopt':
        return adoptAttributes(job.request.root, job.request.lower, job.request.directories);
    }
  };
  port.on('message', (request: Request) => {
    if (request.type === 'chunk') chunks.push(request.data);
    else if (request.type === 'end') chunks.end();
    else if (request.type === 'abort') chunks.abort();
    else {
      chunks = new ChunkQueue((bytes) => answer({ type: 'taken', bytes }));
      perform(request).then(
        (value) => answer({ type: 'done', answer: value }),
        (error: unknown) => answer({ type: 'failed', error: portable(error) }),
      );
    }
  });
}

function portable(error: unknown): PortableError {
  if (error instanceof WharfError) {
    const { code, kind, message, details } = error;
    return { code, kind, message, details };
  }
  return { code: 'WORKER_FAILED', kind: 'system', message: messageOf(error), details: {} };
}

if (parentPort) serve(parentPort);

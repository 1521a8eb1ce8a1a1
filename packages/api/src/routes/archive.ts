import type { ServerResponse } from 'node:http';
import { isCode, messageOf } from '@wharf/kit';
import type { ArchiveBackend, ContainerPathStat } from '../backends/archive.ts';
import { fail } from '../errors.ts';
import { booleanParameter } from '../http/parameters.ts';
import { sendEmpty } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';

const nameOf = ({ params }: Exchange): string => params['name'] ?? '';

function pathOf({ query }: Exchange): string {
  const path = query.get('path') ?? '';
  if (path === '') throw fail('BAD_PARAMETER', 'bad parameter: pathcannot be empty');
  if (path.includes('\0')) throw fail('BAD_PARAMETER', 'bad parameter: path has a zero byte');
  return path;
}

function setStat(res: ServerResponse, stat: ContainerPathStat): void {
  const { name, size, mode, mtime, linkTarget } = stat;
  const text = JSON.stringify({ name, size, mode, mtime, linkTarget });
  res.setHeader('X-Docker-Container-Path-Stat', Buffer.from(text).toString('base64'));
}

/** Sends what comes as it comes; bytes are handed on only when the ones before them are out. */
async function sendArchive({ res, logger }: Exchange, chunks: AsyncIterable<Uint8Array>, type: string): Promise<void> {
  res.writeHead(200, { 'Content-Type': type });
  res.flushHeaders();
  try {
    for await (const chunk of chunks) await written(res, chunk);
    res.end();
  } catch (error) {
    // The head is out: only a broken connection can tell that the archive is not whole.
    const facts = { error: messageOf(error) };
    if (isCode(error, 'CLIENT_GONE')) logger.debug('archive ended early', facts);
    else logger.warn('archive ended early', facts);
    res.destroy();
  }
}

/** Resolves when the bytes are with the kernel. Throws CLIENT_GONE. */
function written(res: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(fail('CLIENT_GONE', 'the client closed the connection'));
    if (res.destroyed) return gone();
    res.once('close', gone);
    res.write(chunk, (error) => {
      res.off('close', gone);
      if (error) gone();
      else resolve();
    });
  });
}

async function extract(backend: ArchiveBackend, exchange: Exchange): Promise<void> {
  const { res, query, context, upload } = exchange;
  try {
    const options = {
      path: pathOf(exchange),
      noOverwriteDirNonDir: booleanParameter(query, 'noOverwriteDirNonDir'),
      copyUIDGID: booleanParameter(query, 'copyUIDGID'),
    };
    await backend.write(nameOf(exchange), options, upload, context);
  } catch (error) {
    await upload.readOff();
    throw error;
  }
  // Where the connection was taken the answer goes out when this is over.
  if (!upload.connection) sendEmpty(res, 200);
}

/** Routes that carry archives of containers' files. */
export function archiveRoutes(backend: ArchiveBackend): Route[] {
  return [
    {
      method: 'HEAD',
      path: '/containers/{name}/archive',
      async handle(exchange) {
        setStat(exchange.res, await backend.stat(nameOf(exchange), pathOf(exchange), exchange.context));
        sendEmpty(exchange.res, 200);
      },
    },
    {
      method: 'GET',
      path: '/containers/{name}/archive',
      async handle(exchange) {
        const { stat, chunks } = await backend.read(nameOf(exchange), pathOf(exchange), exchange.context);
        setStat(exchange.res, stat);
        await sendArchive(exchange, chunks, 'application/x-tar');
      },
    },
    {
      method: 'PUT',
      path: '/containers/{name}/archive',
      largeBody: true,
      handle: (exchange) => extract(backend, exchange),
    },
    {
      method: 'GET',
      path: '/containers/{name}/export',
      async handle(exchange) {
        const chunks = await backend.export(nameOf(exchange), exchange.context);
        await sendArchive(exchange, chunks, 'application/octet-stream');
      },
    },
  ];
}

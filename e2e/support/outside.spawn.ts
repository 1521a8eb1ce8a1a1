import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

const SERVER = `
const net = require('node:net');
net.createServer((s) => { s.on('error', () => {}); s.end('you are ' + s.remoteAddress); })
  .listen(0, '0.0.0.0', function () { console.log(this.address().port); });
`;

/** A server in a network namespace beyond the host, which knows no way to containers: only NAT reaches it and back. */
export class Outside {
  readonly address: string;
  /** How the host appears to the server. */
  readonly hostAddress: string;
  readonly port: number;
  readonly #namespace: string;
  readonly #link: string;
  readonly #server: ReturnType<typeof spawn>;

  private constructor(name: string, link: string, network: string, server: ReturnType<typeof spawn>, port: number) {
    this.#namespace = name;
    this.#link = link;
    this.address = `${network}.2`;
    this.hostAddress = `${network}.1`;
    this.#server = server;
    this.port = port;
  }

  static async start(): Promise<Outside> {
    const token = String(process.pid % 100_000);
    const [name, link, peer] = [`wharf-out-${token}`, `who${token}`, `whp${token}`];
    const network = `198.18.${process.pid % 250}`;
    const ip = (...args: string[]): void => void execFileSync('ip', args);
    ip('netns', 'add', name);
    ip('link', 'add', link, 'type', 'veth', 'peer', 'name', peer, 'netns', name);
    ip('addr', 'add', `${network}.1/24`, 'dev', link);
    ip('link', 'set', link, 'up');
    ip('-n', name, 'addr', 'add', `${network}.2/24`, 'dev', peer);
    ip('-n', name, 'link', 'set', peer, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    const server = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', SERVER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    return new Outside(name, link, network, server, Number(line.toString()));
  }

  async stop(): Promise<void> {
    const ended = once(this.#server, 'exit');
    this.#server.kill('SIGKILL');
    await ended;
    execFileSync('ip', ['link', 'del', this.#link]);
    execFileSync('ip', ['netns', 'del', this.#namespace]);
  }
}

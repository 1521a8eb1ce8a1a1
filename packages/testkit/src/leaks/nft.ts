import { runCommand } from '../command/command.spawn.ts';

/** The nftables tables of this network namespace; empty where the `nft` program is not installed. */
export async function nftTables(): Promise<string[]> {
  const env = { PATH: process.env['PATH'] ?? '' };
  const listed = await runCommand(['sh', '-c', 'command -v nft >/dev/null && nft list tables || true'], { env });
  return listed.stdout.split('\n').filter((line) => line !== '');
}

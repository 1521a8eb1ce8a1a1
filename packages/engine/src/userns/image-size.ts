/** Fewer are of no use to most programs, more than 16 bits nobody expects; both as podman's. */
const LEAST = 1024;
const MOST = 65_536;

/** Highest number in the third field of passwd(5) or group(5), without those that stand for nobody. */
function highest(text: string): number {
  let most = 0;
  for (const line of text.split('\n')) {
    const [name, , id = ''] = line.split(':', 3);
    if (name !== 'nobody' && name !== 'nogroup' && /^\d+$/.test(id)) most = Math.max(most, Number(id));
  }
  return most;
}

/** How many IDs a container needs, by what its image's passwd and group name, and its own `--user`. */
export function neededIds(files: { readonly passwd: string; readonly group: string }, user: string): number {
  const asked = user
    .split(':')
    .filter((part) => /^\d{1,10}$/.test(part))
    .map(Number);
  const most = Math.max(...asked, highest(files.passwd), highest(files.group)) + 1;
  return Math.max(LEAST, Math.min(MOST, most), ...asked.map((id) => id + 1));
}

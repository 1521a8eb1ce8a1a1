import { readFileSync } from 'node:fs';
import { type CgroupLayout, controllerDirectory } from './layout.ts';

/** How far freezing has come; `thawed` also for a group that is not there. */
export type FreezerState = 'thawed' | 'freezing' | 'frozen';

/** Reads whether a group is frozen: freezer.state in v1; in v2 what was asked for and what cgroup.events says of it. */
export function freezerState(layout: CgroupLayout, path: string): FreezerState {
  const directory = controllerDirectory(layout, 'freezer', path);
  const read = (file: string): string => {
    try {
      return readFileSync(`${directory}/${file}`, 'utf8').trim();
    } catch {
      return ''; // gone, or a kernel without a freezer
    }
  };
  if (layout.mode !== 'v2') {
    const state = read('freezer.state');
    return state === 'FROZEN' ? 'frozen' : state === 'FREEZING' ? 'freezing' : 'thawed';
  }
  if (read('cgroup.freeze') !== '1') return 'thawed';
  return /^frozen 1$/m.test(read('cgroup.events')) ? 'frozen' : 'freezing';
}

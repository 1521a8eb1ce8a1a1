import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, type TestEngine } from '@wharf/testkit';

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly Restarting: boolean;
    readonly Pid: number;
  };
}

const names = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory).sort() : []);
const groupsBelow = (engine: TestEngine): string[] =>
  names(`/sys/fs/cgroup/pids/wharf-${engine.places.bridge}`).filter((name) => /^[0-9a-f]{32}$/.test(name));

async function inspectAll(engine: TestEngine): Promise<Inspected[]> {
  const rows = (await engine.api('GET', '/containers/json?all=1')).json as { Id: string }[];
  const all = await Promise.all(rows.map(({ Id }) => engine.api('GET', `/containers/${Id}/json`)));
  return all.filter(({ status }) => status === 200).map(({ json }) => json as Inspected);
}

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

/** What the engine says of its containers is what the machine has: processes, groups, directories. */
export async function checkState(engine: TestEngine): Promise<void> {
  const { dataRoot, execRoot } = engine.places;
  await eventually(
    async () => {
      const all = await inspectAll(engine);
      for (const { Name, State } of all) {
        if (State.Running && !State.Restarting)
          assert.ok(State.Pid > 0 && !isZombie(State.Pid), `${Name} ${State.Status} ${State.Pid}`);
        else assert.equal(State.Pid, 0, `${Name} ${State.Status}`);
      }
      const ids = all.map(({ Id }) => Id).sort();
      assert.deepEqual(names(join(dataRoot, 'images/snapshots')), ids, 'snapshots');
      const strangers = names(join(dataRoot, 'containers')).filter((id) => !ids.includes(id));
      assert.deepEqual(strangers, [], 'directories of containers');
      const running = all.filter(({ State }) => State.Running && !State.Restarting).length;
      const sandboxes = names(join(execRoot, 's'));
      const parked = sandboxes.length - running;
      // Two kinds of sandboxes are kept waiting.
      assert.ok(parked >= 0 && parked <= 16, `${sandboxes.length} sandboxes, ${running} containers run`);
      if (existsSync('/sys/fs/cgroup/pids')) assert.deepEqual(groupsBelow(engine), sandboxes, 'control groups');
      return true;
    },
    { within: 20_000, every: 200 },
  );
}

/** After everything was removed: nothing is left of any container. */
export async function checkEmpty(engine: TestEngine): Promise<void> {
  const { dataRoot, execRoot } = engine.places;
  await engine.api('POST', `/volumes/prune?filters=${encodeURIComponent('{"all":["1"]}')}`);
  assert.deepEqual(names(join(dataRoot, 'volumes')), [], 'volumes');
  await eventually(
    async () => {
      assert.deepEqual(
        (await inspectAll(engine)).map(({ Name }) => Name),
        [],
      );
      assert.deepEqual(names(join(dataRoot, 'images/snapshots')), []);
      assert.deepEqual(names(join(dataRoot, 'containers')), []);
      assert.deepEqual(names(join(execRoot, 'e')), []);
      assert.ok(names(join(execRoot, 's')).length <= 16);
      assert.deepEqual(readdirSync(`/proc/${engine.pid}/fd`).length < 400, true, 'descriptors');
      return true;
    },
    { within: 20_000, every: 200 },
  );
}

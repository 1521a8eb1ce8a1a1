import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printProgram } from '@wharf/linux';
import { type ExecPlan, lowerExec, lowerExecListen } from './exec.ts';

const CAPABILITIES = ['CAP_CHOWN', 'CAP_KILL'];

const PLAN: ExecPlan = {
  process: {
    terminal: false,
    user: { uid: 0, gid: 0, additionalGids: [0] },
    args: ['ls', '-l'],
    env: ['PATH=/bin'],
    cwd: '/work',
    capabilities: {
      bounding: CAPABILITIES,
      effective: CAPABILITIES,
      permitted: CAPABILITIES,
      inheritable: [],
      ambient: [],
    },
    rlimits: [],
    noNewPrivileges: false,
  },
  namespaces: (['mount', 'pid', 'cgroup', 'uts', 'ipc', 'network'] as const).map((type) => ({
    type,
    path: `/ns/${type}`,
  })),
  cgroup: { v2Directory: '', procsFiles: ['/cg/memory/x/cgroup.procs', '/cg/pids/x/cgroup.procs'] },
  filter: undefined,
  output: true,
  input: false,
};

const print = (changes: Partial<ExecPlan>) => printProgram(lowerExec({ ...PLAN, ...changes }));

test('a command joins the control group first, the mounts last', () => {
  assert.deepEqual(print({}), [
    'host  STDIN mode=0',
    'host  SETNS path="/ns/pid" type=536870912',
    'host  CLONE flags=0 cgroup=""',
    'child WRITE_FILE path="/cg/memory/x/tasks" flags=1 mode=0 data="0"',
    'child WRITE_FILE path="/cg/pids/x/tasks" flags=1 mode=0 data="0"',
    'child SESSION',
    'child JOIN paths=["/ns/network","/ns/ipc","/ns/uts","/ns/cgroup","/ns/mount"]',
    'child KEYRING name=""  # optional',
    'child ROOT path="/"',
    'child STDIO mode=1 rows=0 columns=0',
    'child WORKDIR path="/work"',
    'child BOUNDING mask=33',
    'child USER uid=0 gid=0 groups=<4 bytes>',
    'child CAPABILITIES effective=33 permitted=33 inheritable=0 ambient=0',
    'child EXEC file="ls" arguments=["ls","-l"] environment=["PATH=/bin"]',
    'host  RUN',
  ]);
});

test('a terminal, limits, a user, a filter, on version 2 of control groups', () => {
  const user = { uid: 1000, gid: 100, additionalGids: [100, 4] };
  const rlimits = [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: -1 }];
  const process = {
    ...PLAN.process,
    ...{ user, rlimits, terminal: true, consoleSize: { height: 24, width: 80 }, oomScoreAdj: 7, noNewPrivileges: true },
  };
  const cgroup = { v2Directory: '/sys/fs/cgroup/wharf/x', procsFiles: [] };
  const lines = print({ process, cgroup, input: true, filter: Buffer.alloc(8) });
  const common = new Set(print({}));
  assert.deepEqual(
    lines.filter((line) => !common.has(line)),
    [
      'host  STDIN mode=1',
      'host  CLONE flags=0 cgroup="/sys/fs/cgroup/wharf/x"',
      'child WRITE_FILE path="/proc/self/oom_score_adj" flags=1 mode=0 data="7"  # optional',
      'child STDIO mode=4 rows=24 columns=80',
      'child RLIMIT resource=7 soft=1024 hard=18446744073709551615',
      'child USER uid=1000 gid=100 groups=<8 bytes>',
      'child NO_NEW_PRIVILEGES',
      'child SECCOMP flags=0 filter=<8 bytes>  # compiled profile',
    ],
  );
});

test('in a user namespace the command becomes its root, and limits are set from outside', () => {
  const namespaces = [...PLAN.namespaces, { type: 'user' as const, path: '/ns/user' }];
  const process = { ...PLAN.process, rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2 }] };
  const common = new Set(print({}));
  assert.deepEqual(
    print({ namespaces, process }).filter((line) => !common.has(line)),
    [
      'child JOIN paths=["/ns/network","/ns/ipc","/ns/uts","/ns/cgroup","/ns/user","/ns/mount"]',
      'child USER uid=0 gid=0 groups=""',
      'host  RLIMIT resource=7 soft=1 hard=2',
    ],
  );
});

test('streams that nobody asked for are the null device', () => {
  const stdio = (changes: Partial<ExecPlan>) => print(changes).find((line) => line.includes('STDIO'));
  assert.equal(stdio({ output: false }), 'child STDIO mode=0 rows=0 columns=0');
  assert.equal(stdio({ output: false, input: true }), 'child STDIO mode=2 rows=0 columns=0');
  assert.deepEqual(printProgram(lowerExecListen('/run/e/1')), ['host  LISTEN directory="/run/e/1"']);
});

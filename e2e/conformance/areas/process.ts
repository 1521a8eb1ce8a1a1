import { type Area, plain } from '../case.ts';

export const processes: Area = {
  name: 'process',
  cases: [
    { name: 'the exit code is the process’s', script: 'exit 42', prints: '', code: 42, flags: plain },
    {
      name: 'standard input comes through, up to its end',
      script: 'cat; echo end',
      input: 'some\ninput\n',
      prints: 'some\ninput\nend',
      flags: () => ['-i'],
    },
    {
      name: 'no descriptor but the standard streams comes in',
      script: 'ls /proc/self/fd | wc -l',
      prints: '4',
      flags: plain,
    },
    {
      name: 'a working directory, made if it is missing',
      script: 'pwd',
      prints: '/some/where',
      bundle: ({ process }) => {
        process.cwd = '/some/where';
      },
      flags: () => ['-w', '/some/where'],
    },
    {
      name: 'environment',
      script: 'echo "$NAME|$EMPTY|${NOT-unset}"',
      prints: 'a b=c||unset',
      bundle: ({ process }) => {
        process.env.push('NAME=a b=c', 'EMPTY=');
      },
      flags: () => ['-e', 'NAME=a b=c', '-e', 'EMPTY='],
    },
    {
      name: 'user, group and further groups',
      script: 'id -u; id -g; id -G; grep CapEff /proc/self/status | cut -f2',
      prints: '1234\n567\n567 3000\n0000000000000000',
      bundle: ({ process }) => {
        process.user = { uid: 1234, gid: 567, additionalGids: [3000] };
        process.capabilities.effective = [];
        process.capabilities.permitted = [];
      },
      flags: () => ['-u', '1234:567', '--group-add', '3000'],
    },
    {
      name: 'umask',
      script: 'umask',
      prints: '0027',
      bundle: ({ process }) => {
        process.user.umask = 0o027;
      },
    },
    {
      name: 'limits of the process',
      script: 'ulimit -n; ulimit -H -n; ulimit -c',
      prints: '100\n200\n0',
      bundle: ({ process }) => {
        process.rlimits.push(
          { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
          { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
        );
      },
      flags: () => ['--ulimit', 'nofile=100:200', '--ulimit', 'core=0:0'],
    },
    {
      name: 'the preference of the OOM killer',
      script: 'cat /proc/self/oom_score_adj',
      prints: '321',
      bundle: ({ process }) => {
        process.oomScoreAdj = 321;
      },
      flags: () => ['--oom-score-adj', '321'],
    },
  ],
};

import { fail } from '../errors.ts';

const EPERM = 1;
const MAX_ERRNO = 4095;

/** SECCOMP_RET_* of linux/seccomp.h. */
export const RETURN = {
  killProcess: 0x80000000,
  killThread: 0,
  trap: 0x00030000,
  errno: 0x00050000,
  trace: 0x7ff00000,
  log: 0x7ffc0000,
  allow: 0x7fff0000,
} as const;

/** Returned for calls that are newer than the profile: programs then fall back, which they do not do on EPERM. */
export const RETURN_ENOSYS = RETURN.errno | 38;

/**
 * The filter's return value for an action of a profile. `errnoRet` counts for ERRNO and TRACE; EPERM if there is none.
 * Throws INVALID_SECCOMP_PROFILE.
 */
export function actionValue(action: string, errnoRet: number = EPERM): number {
  if (!Number.isInteger(errnoRet) || errnoRet < 0 || errnoRet > MAX_ERRNO) {
    throw fail('INVALID_SECCOMP_PROFILE', `seccomp profile: errnoRet ${errnoRet} is not an errno`);
  }
  switch (action) {
    case 'SCMP_ACT_KILL':
    case 'SCMP_ACT_KILL_THREAD':
      return RETURN.killThread;
    case 'SCMP_ACT_KILL_PROCESS':
      return RETURN.killProcess;
    case 'SCMP_ACT_TRAP':
      return RETURN.trap;
    case 'SCMP_ACT_ERRNO':
      return RETURN.errno | errnoRet;
    case 'SCMP_ACT_TRACE':
      return RETURN.trace | errnoRet;
    case 'SCMP_ACT_LOG':
      return RETURN.log;
    case 'SCMP_ACT_ALLOW':
      return RETURN.allow;
    case 'SCMP_ACT_NOTIFY':
      throw fail('INVALID_SECCOMP_PROFILE', 'seccomp profile: SCMP_ACT_NOTIFY is not supported');
    default:
      throw fail('INVALID_SECCOMP_PROFILE', `seccomp profile: unknown action ${JSON.stringify(action)}`);
  }
}

/** True for default actions that let new calls through to the kernel, which then answers ENOSYS itself. */
export function isPermissive(action: string): boolean {
  return action === 'SCMP_ACT_ALLOW' || action === 'SCMP_ACT_LOG' || action === 'SCMP_ACT_TRACE';
}

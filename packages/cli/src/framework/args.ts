/** What a check needs to know of the command to word its message. */
export interface ArgsSubject {
  /** `wharf image rm` */
  readonly path: string;
  /** `wharf image rm [OPTIONS] IMAGE [IMAGE...]` */
  readonly useLine: string;
}

/** Returns the whole message when the number of arguments is wrong, nothing when it is right. */
export type ArgsCheck = (args: readonly string[], subject: ArgsSubject) => string | undefined;

const words = (count: number): string => `${count} ${count === 1 ? 'argument' : 'arguments'}`;

function complain(subject: ArgsSubject, wanted: string, verb: 'See' | 'Run' = 'Run'): string {
  const { path, useLine } = subject;
  return `wharf: '${path}' ${wanted}\n\nUsage:  ${useLine}\n\n${verb} '${path} --help' for more information`;
}

/** The command takes any number of arguments. */
export const anyArgs: ArgsCheck = () => undefined;

/** The command takes no arguments. */
export const noArgs: ArgsCheck = (args, subject) =>
  args.length === 0 ? undefined : complain(subject, 'accepts no arguments');

/** The command needs `count` arguments or more. */
export function minArgs(count: number): ArgsCheck {
  return (args, subject) =>
    args.length >= count ? undefined : complain(subject, `requires at least ${words(count)}`, 'See');
}

/** The command takes up to `count` arguments. */
export function maxArgs(count: number): ArgsCheck {
  return (args, subject) => (args.length <= count ? undefined : complain(subject, `requires at most ${words(count)}`));
}

/** The command takes `least` to `most` arguments. */
export function atLeastAtMost(least: number, most: number): ArgsCheck {
  return (args, subject) =>
    args.length >= least && args.length <= most
      ? undefined
      : complain(subject, `requires at least ${least} and at most ${words(most)}`);
}

/** The command takes exactly `count` arguments. */
export function exactArgs(count: number): ArgsCheck {
  return (args, subject) => (args.length === count ? undefined : complain(subject, `requires ${words(count)}`));
}

import { fail } from './errors.ts';
import { LIMITS } from './limits.ts';
import { formatValue } from './print.ts';
import { INVALID, unwrapInterface, type Value } from './value.ts';
import { formatVerb, type Spec } from './verbs.ts';

/** Go's fmt.Sprintf for the values of templates, with its complaints (`%!d(string=x)`, `%!(EXTRA int=1)`). */
export function sprintf(format: string, args: readonly Value[]): string {
  return new Printf(format, args.map(unwrapInterface)).run();
}

class Printf {
  private readonly format: string;
  private readonly args: readonly Value[];
  private at = 0;
  private used = 0;
  private reordered = false;
  private badIndex = false;
  private out = '';

  constructor(format: string, args: readonly Value[]) {
    this.format = format;
    this.args = args;
  }

  run(): string {
    while (this.at < this.format.length) {
      const percent = this.format.indexOf('%', this.at);
      if (percent < 0) {
        this.out += this.format.slice(this.at);
        break;
      }
      this.out += this.format.slice(this.at, percent);
      this.at = percent + 1;
      this.directive();
      if (this.out.length > LIMITS.output) throw fail('TEMPLATE_LIMIT', 'the output of printf is too large');
    }
    if (!this.reordered && this.used < this.args.length) this.out += this.extra();
    return this.out;
  }

  private extra(): string {
    const parts = this.args.slice(this.used).map((value) => describe(value));
    return `%!(EXTRA ${parts.join(', ')})`;
  }

  private directive(): void {
    this.badIndex = false;
    const flags = this.flags();
    this.argumentIndex();
    const width = this.number(flags);
    let precision: number | undefined;
    if (this.format[this.at] === '.') {
      this.at++;
      this.argumentIndex();
      precision = this.number() ?? 0;
      if (precision < 0) precision = undefined;
    }
    this.argumentIndex();
    const code = this.format.codePointAt(this.at);
    if (code === undefined) {
      this.out += '%!(NOVERB)';
      return;
    }
    const verb = String.fromCodePoint(code);
    this.at += verb.length;
    if (verb === '%') {
      this.out += '%';
      return;
    }
    if (this.badIndex) {
      this.out += `%!${verb}(BADINDEX)`;
      return;
    }
    if (this.used >= this.args.length) {
      this.out += `%!${verb}(MISSING)`;
      return;
    }
    const value = this.args[this.used++] ?? INVALID;
    const names = verb === 'v' && flags.plus;
    this.out += formatVerb({ ...flags, plus: flags.plus && !names, names, width, precision, verb }, value);
  }

  private flags(): Omit<Spec, 'width' | 'precision' | 'verb' | 'names'> & { minus: boolean } {
    const found = /[+\-# 0]*/y;
    found.lastIndex = this.at;
    const text = found.exec(this.format)?.[0] ?? '';
    this.at += text.length;
    const minus = text.includes('-');
    return {
      minus,
      plus: text.includes('+'),
      sharp: text.includes('#'),
      space: text.includes(' '),
      zero: text.includes('0') && !minus,
    };
  }

  /** A width or precision: digits, or `*` for the next argument. A negative width means left alignment. */
  private number(flags?: { minus: boolean; zero?: boolean }): number | undefined {
    if (this.format[this.at] === '*') {
      this.at++;
      return this.starred(flags);
    }
    const digits = /\d*/y;
    digits.lastIndex = this.at;
    const text = digits.exec(this.format)?.[0] ?? '';
    this.at += text.length;
    return text === '' ? undefined : Math.min(Number(text), LIMITS.width);
  }

  private starred(flags?: { minus: boolean }): number | undefined {
    const value = this.args[this.used++];
    if (value?.kind !== 'int' || value.value > BigInt(LIMITS.width) || value.value < -BigInt(LIMITS.width)) {
      this.out += flags === undefined ? '%!(BADPREC)' : '%!(BADWIDTH)';
      return undefined;
    }
    const width = Number(value.value);
    if (width >= 0 || flags === undefined) return width;
    flags.minus = true;
    return -width;
  }

  /** `%[2]d`: takes the second argument. */
  private argumentIndex(): void {
    const pattern = /\[(\d+)\]/y;
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.format);
    if (match === null) return;
    this.at += match[0].length;
    const index = Number(match[1]) - 1;
    this.badIndex = index < 0 || index >= this.args.length;
    if (!this.badIndex) this.used = index;
    this.reordered = true;
  }
}

/** `type=value`, as complaints name an argument. */
function describe(value: Value): string {
  return value.kind === 'invalid' ? '<nil>' : `${value.type.name}=${formatValue(value)}`;
}

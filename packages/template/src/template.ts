import { type ExecuteOptions, executeTemplate } from './exec.ts';
import { functionTable } from './functions.ts';
import { type ParsedTemplate, parseTemplate } from './parser.ts';
import type { GoFunction, Value } from './value.ts';

/** A template in the language of Go's text/template with Docker's functions, parsed and ready to run. */
export class Template {
  private readonly parsed: ParsedTemplate;
  private readonly functions: ReadonlyMap<string, GoFunction>;

  /** @throws TEMPLATE_SYNTAX with Go's message (`template: :1: …`) */
  constructor(source: string, options: { name?: string; functions?: ReadonlyMap<string, GoFunction> } = {}) {
    this.functions = options.functions === undefined ? functionTable() : functionTable(options.functions);
    this.parsed = parseTemplate(options.name ?? '', source, new Set(this.functions.keys()));
  }

  /** What the template prints for the data. @throws TEMPLATE_EXECUTION with Go's message */
  execute(data: Value, options: Partial<ExecuteOptions> = {}): string {
    const functions =
      options.functions === undefined ? this.functions : new Map([...this.functions, ...options.functions]);
    return executeTemplate(this.parsed, data, { ...options, functions });
  }
}

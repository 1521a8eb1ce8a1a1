import { decodeJson, parseJson, Template } from '@wharf/template';
import { dockerSchema } from './types/docker-types.ts';
import { SYSTEM_TYPES } from './types/system-types.ts';

/** `--format` of version, info and events: a template over one typed structure. */
export class ObjectFormat {
  private readonly template: Template;
  private readonly schema = dockerSchema(SYSTEM_TYPES);

  /** @throws TEMPLATE_SYNTAX; `name` is the name that messages give the template */
  constructor(format: string, name = '') {
    this.template = new Template(format === 'json' ? '{{json .}}' : format, { name });
  }

  /**
   * What the template prints for a JSON document read as the type (`system.Info`, `*events.Message`). What it printed
   * before an error is in `out`. @throws TEMPLATE_EXECUTION
   */
  print(json: string, type: string, out: string[] = []): string {
    return this.template.execute(decodeJson(parseJson(json), this.schema.type(type)), { out });
  }
}

import { messageOf } from '@wharf/kit';
import { decodeJson, parseJson, type Schema, Template, untypedJson, unwrapInterface } from '@wharf/template';
import { fail } from '../errors.ts';
import { CONTAINER_TYPES } from '../format/types/container-types.ts';
import { dockerSchema } from '../format/types/docker-types.ts';
import { IMAGE_TYPES } from '../format/types/image-types.ts';
import { NETWORK_TYPES } from '../format/types/network-types.ts';
import { PLUGIN_TYPES } from '../format/types/plugin-types.ts';
import type { FoundObject, ObjectType } from './print-objects.ts';

/** The types of objects in Docker's own structures; the others are known only as JSON. */
const TYPES: Partial<Readonly<Record<ObjectType, { readonly source: string; readonly name: string }>>> = {
  container: { source: CONTAINER_TYPES, name: 'container.InspectResponse' },
  image: { source: CONTAINER_TYPES + IMAGE_TYPES, name: 'image.InspectResponse' },
  network: { source: NETWORK_TYPES, name: 'network.Inspect' },
  volume: { source: NETWORK_TYPES, name: 'volume.Volume' },
  plugin: { source: PLUGIN_TYPES, name: 'types.Plugin' },
};

/**
 * A template over inspected objects. It sees Docker's typed structures first (`.ID`, absent fields as zero values);
 * where that fails it sees the plain JSON (`.Id`), and there a missing key is an error.
 */
export class ObjectTemplate {
  private readonly template: Template;
  private readonly schemas = new Map<ObjectType, Schema>();

  /** @throws TEMPLATE_SYNTAX */
  constructor(source: string) {
    this.template = new Template(source);
  }

  /** @throws TEMPLATE_EXECUTION when neither view has what the template asks for */
  print(object: FoundObject): string {
    const document = parseJson(object.json);
    const type = TYPES[object.type];
    if (type !== undefined) {
      try {
        const schema = this.schemas.get(object.type) ?? dockerSchema(type.source);
        this.schemas.set(object.type, schema);
        return this.template.execute(decodeJson(document, schema.type(type.name)));
      } catch {
        // Not in the typed view: the plain one may have it, and its error is the one that users see.
      }
    }
    try {
      return this.template.execute(unwrapInterface(untypedJson(document)), { missingKey: 'error' });
    } catch (cause) {
      throw fail('TEMPLATE_EXECUTION', `template parsing error: ${messageOf(cause)}`, { cause });
    }
  }
}

import { formatGoDuration, goTimeText } from '@wharf/spec';
import { type GoValue, Schema } from '@wharf/template';

/** Text of time.Duration and time.Time, which have String methods. */
const TEXTS = {
  'time.Duration': (value: GoValue) => formatGoDuration(value.kind === 'int' ? value.value : 0n),
  'time.Time': (value: GoValue) => goTimeText(value.kind === 'string' ? value.value : ''),
};

/** A schema with the types' String methods. */
export function dockerSchema(source: string): Schema {
  return new Schema(source, TEXTS);
}

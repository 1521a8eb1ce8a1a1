export { decode as decodeJson, untyped as untypedJson } from './decode.ts';
export { definitions as templateErrors } from './errors.ts';
export { headerFunctions } from './functions.ts';
export { encodeJsonText } from './json-encode.ts';
export { type JsonNode, JsonNumber, parseJson } from './json-parse.ts';
export { compareText } from './print.ts';
export { Schema } from './schema.ts';
export { Template } from './template.ts';
export {
  pointerTo,
  STRING as GO_STRING,
  STRING_MAP as GO_STRING_MAP,
  string as goString,
  stringMap as goStringMap,
  strings as goStrings,
} from './types.ts';
export { type GoFunction, type GoType, unwrapInterface, type Value as GoValue } from './value.ts';

export { type Compression, createDecompressor, detectCompression, MAGIC_BYTES } from './compression.ts';
export { encodeEntry, endOfArchive, type WriteEntry } from './encode-header.ts';
export type { EntryType, TarEntry } from './entry.ts';
export { readWhiteout, splitEntryName, type Whiteout } from './entry-name.ts';
export { definitions as tarErrors } from './errors.ts';
export { type PackOptions, type PathAttributes, packLayer } from './pack-layer.ts';
export { type TarHandler, TarParser } from './tar-parser.ts';
export { type UnpackOptions, type UnpackResult, unpackLayer } from './unpack-layer.ts';
export {
  DEFAULT_LIMITS,
  type PathTime,
  type SpecialEntry,
  type UnpackedTree,
  type UnpackLimits,
} from './unpack-types.ts';

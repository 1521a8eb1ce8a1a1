export { type Compression, createDecompressor, detectCompression, MAGIC_BYTES } from './compression.ts';
export { encodeEntry, endOfArchive, type WriteEntry } from './encode-header.ts';
export type { EntryType, TarEntry } from './entry.ts';
export { readWhiteout, splitEntryName, type Whiteout } from './entry-name.ts';
export { definitions as tarErrors } from './errors.ts';
export { type PackOptions, type PathAttributes, packLayer } from './pack-layer.ts';
export { readArchive } from './read-archive.ts';
export { type TarHandler, TarParser } from './tar-parser.ts';
export { Beneath, type Spot } from './tree/beneath.ts';
export { at, look, O_PATH, openThere, through } from './tree/descriptors.ts';
export type { NodeCalls, OwnerMap } from './tree/node-calls.ts';
export { type TreeExtractOptions, TreeExtractor } from './tree/tree-extractor.ts';
export { type PackStart, TreePacker, type TreePackOptions } from './tree/tree-packer.ts';
export { type UnpackOptions, type UnpackResult, unpackLayer } from './unpack-layer.ts';
export {
  DEFAULT_LIMITS,
  type PathTime,
  type SpecialEntry,
  type UnpackedTree,
  type UnpackLimits,
} from './unpack-types.ts';

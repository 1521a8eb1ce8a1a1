/** Reading the JSON documents of images that strangers wrote. Pure. */
import { isDigest } from './digest.ts';
import { fail } from './errors.ts';
import { type Descriptor, type Index, isIndexType, MANIFEST_MEDIA_TYPES, type Manifest } from './oci-image.ts';

/** A document that a registry stores as a manifest. */
export type ImageDocument =
  | { readonly kind: 'manifest'; readonly mediaType: string; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly mediaType: string; readonly index: Index };

const MAX_DEPTH = 64;
const MAX_DESCRIPTORS = 4096;
const MAX_ANNOTATIONS = 4096;
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

type Json = Readonly<Record<string, unknown>>;

function invalid(message: string, cause?: unknown): Error {
  return fail('INVALID_IMAGE_DOCUMENT', message, cause === undefined ? {} : { cause });
}

/** Refuses deeply nested JSON before it is parsed: later walks over the document are recursive. */
function checkDepth(bytes: Uint8Array): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    if (depth > MAX_DEPTH) throw invalid(`the document is nested deeper than ${MAX_DEPTH} levels`);
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses a JSON object. Throws INVALID_IMAGE_DOCUMENT for anything else and for deep nesting. */
export function parseJsonObject(bytes: Uint8Array): Json {
  checkDepth(bytes);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('the document is not valid JSON', cause);
  }
  if (!isJson(value)) throw invalid('the document is not a JSON object');
  return value;
}

function checkStrings(value: unknown, where: string): void {
  if (value === undefined || value === null) return;
  if (!isJson(value)) throw invalid(`${where} is not an object`);
  const entries = Object.values(value);
  if (entries.length > MAX_ANNOTATIONS) throw invalid(`${where} has too many entries`);
  if (!entries.every((entry) => typeof entry === 'string')) throw invalid(`${where} has a value that is no string`);
}

function checkPlatform(value: unknown, where: string): void {
  if (value === undefined || value === null) return;
  if (!isJson(value) || typeof value['os'] !== 'string' || typeof value['architecture'] !== 'string') {
    throw invalid(`${where}.platform needs os and architecture`);
  }
}

/** Checks one descriptor (image-spec, descriptor). */
function checkDescriptor(value: unknown, where: string): Descriptor {
  if (!isJson(value)) throw invalid(`${where} is not a descriptor`);
  const { mediaType, digest, size, urls, annotations, platform, artifactType } = value;
  if (typeof mediaType !== 'string' || !MEDIA_TYPE.test(mediaType)) throw invalid(`${where}.mediaType is invalid`);
  if (!isDigest(digest)) throw invalid(`${where}.digest is invalid`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw invalid(`${where}.size is invalid`);
  if (urls !== undefined && urls !== null) {
    if (!Array.isArray(urls) || !urls.every((url) => typeof url === 'string'))
      throw invalid(`${where}.urls is invalid`);
  }
  if (artifactType !== undefined && typeof artifactType !== 'string') throw invalid(`${where}.artifactType is invalid`);
  checkStrings(annotations, `${where}.annotations`);
  checkPlatform(platform, where);
  return value as unknown as Descriptor;
}

function checkDescriptors(value: unknown, where: string): void {
  if (!Array.isArray(value)) throw invalid(`${where} is not a list`);
  if (value.length > MAX_DESCRIPTORS) throw invalid(`${where} has more than ${MAX_DESCRIPTORS} entries`);
  value.forEach((entry, at) => checkDescriptor(entry, `${where}[${at}]`));
}

/**
 * Reads a manifest or index of OCI or Docker schema 2 and checks every field that is used later. `mediaType` is what the
 * transport said it is; it must agree with the document's own. Throws INVALID_IMAGE_DOCUMENT.
 */
export function parseImageDocument(bytes: Uint8Array, mediaType: string): ImageDocument {
  if (!MANIFEST_MEDIA_TYPES.includes(mediaType)) throw invalid(`unsupported manifest media type ${mediaType}`);
  const value = parseJsonObject(bytes);
  if (value['schemaVersion'] !== 2) throw invalid('schemaVersion is not 2');
  const own = value['mediaType'];
  if (own !== undefined && own !== mediaType) throw invalid(`mediaType is not ${mediaType}`);
  if (own === undefined && mediaType.includes('.docker.')) throw invalid('mediaType is missing');
  const { artifactType, subject } = value;
  if (artifactType !== undefined && typeof artifactType !== 'string') throw invalid('artifactType is invalid');
  if (subject !== undefined && subject !== null) checkDescriptor(subject, 'subject');
  checkStrings(value['annotations'], 'annotations');
  if (isIndexType(mediaType)) {
    // One document that is both would mean different images to different readers (CVE-2021-41190).
    if ('config' in value || 'layers' in value) throw invalid('an index has no config and no layers');
    checkDescriptors(value['manifests'], 'manifests');
    return { kind: 'index', mediaType, index: value as unknown as Index };
  }
  if ('manifests' in value) throw invalid('an image manifest has no manifests');
  checkDescriptor(value['config'], 'config');
  checkDescriptors(value['layers'], 'layers');
  return { kind: 'manifest', mediaType, manifest: value as unknown as Manifest };
}

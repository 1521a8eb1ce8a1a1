/**
 * Names of images as users write them, and the normal form that Docker gives them: `busybox` is
 * `docker.io/library/busybox`. Pure.
 */
import { type Digest, isDigest } from './digest.ts';
import { fail } from './errors.ts';

/** A normalised image name. A reference without tag and digest names the whole repository. */
export interface Reference {
  /** Host with optional port: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** Path below the registry; official images carry their `library/`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** The registry that a name without a host means. */
export const DEFAULT_REGISTRY = 'docker.io';
/** The tag that a name without one means when an image is asked for. */
export const DEFAULT_TAG = 'latest';

const OFFICIAL = 'library/';
const MAX_REPOSITORY = 255;
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const HOST_PART = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const REGISTRY = new RegExp(`^(?:${HOST_PART}(?:\\.${HOST_PART})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const BARE_HEX = /^[0-9a-f]{64}$/;
/** Longer than any valid reference: registry (255 + port), repository, tag and digest. */
const MAX_TEXT = 1024;

/** True when `name` is a repository name below a registry (distribution-spec, "Pulling manifests", `<name>`). */
export function isRepositoryName(name: string): boolean {
  return name.length <= MAX_REPOSITORY && REPOSITORY.test(name);
}

/** True when `tag` is a tag (distribution-spec, "Pulling manifests", `<reference>` as a tag). */
export function isTag(tag: string): boolean {
  return TAG.test(tag);
}

function invalid(message = 'invalid reference format'): Error {
  return fail('INVALID_REFERENCE', message);
}

/** Splits a name without tag and digest in registry and repository, as Docker does for short names. */
function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const registry = isHost ? first : DEFAULT_REGISTRY;
  const repository = isHost ? name.slice(slash + 1) : name;
  if (registry !== DEFAULT_REGISTRY && registry !== 'index.docker.io') return { registry, repository };
  return { registry: DEFAULT_REGISTRY, repository: repository.includes('/') ? repository : OFFICIAL + repository };
}

/**
 * Reads an image name, `[host[:port]/]path[:tag][@digest]`, and normalises it. No tag is added: see `withDefaultTag`.
 * Throws INVALID_REFERENCE (kind invalid) with Docker's wording.
 */
export function parseReference(text: string): Reference {
  if (text.length > MAX_TEXT) throw invalid();
  if (BARE_HEX.test(text)) {
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) throw invalid();
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !isTag(tag)) throw invalid();
  const { registry, repository } = splitRegistry(colon < 0 ? named : named.slice(0, colon));
  if (repository.toLowerCase() !== repository) {
    throw invalid(`invalid reference format: repository name (${repository}) must be lowercase`);
  }
  if (!REGISTRY.test(registry) || !REPOSITORY.test(repository)) throw invalid();
  if (repository.length > MAX_REPOSITORY) {
    throw invalid(`repository name must not be more than ${MAX_REPOSITORY} characters`);
  }
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** The same reference, with `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag || reference.digest ? reference : { ...reference, tag: DEFAULT_TAG };
}

/** The name as Docker shows it, without tag and digest: `busybox`, `me/app`, `quay.io/me/app`. */
export function familiarName(reference: Pick<Reference, 'registry' | 'repository'>): string {
  const { registry, repository } = reference;
  if (registry !== DEFAULT_REGISTRY) return `${registry}/${repository}`;
  const short = repository.startsWith(OFFICIAL) ? repository.slice(OFFICIAL.length) : repository;
  return short.includes('/') ? repository : short;
}

function suffix(reference: Reference): string {
  return (reference.tag ? `:${reference.tag}` : '') + (reference.digest ? `@${reference.digest}` : '');
}

/** The familiar name with tag and digest: `busybox:latest`. */
export function familiarString(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

/** The full name with tag and digest: `docker.io/library/busybox:latest`. */
export function referenceString(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

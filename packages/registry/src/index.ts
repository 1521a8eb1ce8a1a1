export { registryErrors } from './errors.ts';
export { RegistryClient } from './registry-client.ts';
export type {
  Credentials,
  Endpoint,
  FetchedBlob,
  FetchedManifest,
  PushBlobResult,
  RequestOptions,
} from './types.ts';

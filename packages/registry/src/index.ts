export { defaultEndpoints, type EndpointSettings } from './endpoints.ts';
export { definitions as registryErrors } from './errors.ts';
export type { RetryPolicy } from './exchange.ts';
export type { BlobSource } from './push.ts';
export { RegistryClient, type RegistryClientOptions } from './registry-client.ts';
export type {
  Credentials,
  Endpoint,
  FetchedBlob,
  FetchedManifest,
  LoginResult,
  PushBlobOptions,
  PushBlobResult,
  RequestOptions,
} from './types.ts';

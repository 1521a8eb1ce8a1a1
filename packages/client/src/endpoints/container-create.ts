import type { ContainerConfig, ContainerCreateResponse, HostConfig, NetworkingConfig, WharfConfig } from '@wharf/spec';
import type { Requester } from '../requester.ts';

/** A JSON shape whose members may also be null, as Go programs send their empty lists. */
export type Nullable<T> = { [K in keyof T]: T[K] | null };

/** Body of the request. */
export type ContainerCreateBody = Nullable<ContainerConfig> & {
  HostConfig?: Nullable<HostConfig>;
  NetworkingConfig?: NetworkingConfig;
  Wharf?: WharfConfig;
};

export interface ContainerCreateOptions {
  readonly name?: string;
  /** `os/arch[/variant]` */
  readonly platform?: string;
  /** End and remove the container that has the name; only Wharf engines know this. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
}

/** POST /containers/create. */
export function containerCreate(
  engine: Requester,
  body: ContainerCreateBody,
  { signal, replace, ...names }: ContainerCreateOptions = {},
): Promise<ContainerCreateResponse> {
  return engine.json('POST', '/containers/create', { body, query: { ...names, 'wharf-replace': replace }, signal });
}

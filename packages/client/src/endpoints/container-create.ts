import type {
  ContainerConfig,
  ContainerCreateResponse,
  ExplainStep,
  HostConfig,
  NetworkingConfig,
  WharfConfig,
} from '@wharf/spec';
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
  /** Is filled with what the engine did; only Wharf engines tell. */
  readonly explain?: ExplainStep[];
  readonly signal?: AbortSignal;
}

/** POST /containers/create. */
export async function containerCreate(
  engine: Requester,
  body: ContainerCreateBody,
  { signal, replace, explain, ...names }: ContainerCreateOptions = {},
): Promise<ContainerCreateResponse> {
  const query = { ...names, 'wharf-replace': replace, 'wharf-explain': explain !== undefined };
  const made = await engine.json<ContainerCreateResponse & Explained>('POST', '/containers/create', {
    body,
    query,
    signal,
  });
  explain?.push(...(made.Wharf?.Explain ?? []));
  return made;
}

/** Member of answers to requests that asked to be told. */
export interface Explained {
  readonly Wharf?: { readonly Explain?: readonly ExplainStep[] };
}

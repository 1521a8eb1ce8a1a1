import type { ImageConfig } from '@wharf/spec';

/** An image as containers need it. */
export interface ImageForContainer {
  /** Digest of its configuration. */
  readonly id: string;
  readonly config: ImageConfig;
}

/** The writable layer of a container over its image's layers. */
export interface Layers {
  /** Absolute directories, topmost first. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
}

/** Images and snapshots, as the container services need them. */
export interface ImagePort {
  /** Throws not_found in Docker's words. */
  find(nameOrId: string): ImageForContainer;
  /** Names an image by what its tags are now; its short ID when it has none. */
  nameOf(imageId: string, asked: string): string;
  prepare(container: string, imageId: string): Layers;
  layers(container: string): Layers;
  release(container: string): void;
  /** Resolves when what was released before is gone from the disk. */
  emptied(): Promise<void>;
  usage(container: string): Promise<{ readonly rw: number; readonly root: number }>;
}

/** What a container's network looks like from the API. */
export interface EndpointView {
  readonly networkId: string;
  readonly endpointId: string;
  readonly gateway: string;
  readonly ip: string;
  readonly prefix: number;
  readonly mac: string;
}

/** The texts of the files that the network decides. */
export interface NetworkFiles {
  readonly hosts: string;
  readonly resolvConf: string;
}

export interface NetworkFileRequest {
  readonly hostname: string;
  readonly domainname: string;
  readonly ip: string | undefined;
  /** Own network namespace with nothing but the loopback interface, or the host's. */
  readonly mode: 'bridge' | 'none' | 'host';
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly extraHosts: readonly string[];
}

/** Networks, as the container services need them. */
export interface NetworkPort {
  endpoint(sandbox: string): EndpointView | undefined;
  /** IDs of the predefined networks by name. */
  networkId(name: string): string;
  files(request: NetworkFileRequest): NetworkFiles;
}

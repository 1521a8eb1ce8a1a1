import type { LogSubject } from '../log-subject.ts';
import type { SpoolEntry } from '../spool-reader.ts';

export type LogOptions = Readonly<Record<string, string>>;

/** Files of tls connections, and whether the other side's certificate is believed unseen. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly skipVerify: boolean;
}

/** Where log messages go. */
export type Endpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number; readonly tls: TlsSettings }
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  /** Datagrams to the first of these sockets that is there. */
  | { readonly kind: 'unixgram'; readonly paths: readonly string[] };

/** A piece of what is sent that cannot be split: for datagrams one datagram. */
export interface Encoded {
  readonly parts: readonly Uint8Array[];
  /** What the receiver answers when it has taken the parts; then the position moves on. */
  readonly acknowledged?: (answer: Buffer) => boolean;
}

/** How one container's log is sent. */
export interface Shipment {
  readonly endpoint: Endpoint;
  encode(entries: readonly SpoolEntry[]): Encoded;
  /** A container is not started while nobody listens there. Datagrams have no such check. */
  readonly mustConnect: boolean;
  /** Milliseconds between attempts: the first, the longest; and after how many the lines are given up. */
  readonly retry: { readonly first: number; readonly longest: number; readonly attempts: number };
  /** Milliseconds after which a write that makes no progress counts as failed; 0 for none. */
  readonly writeTimeout: number;
  /** Milliseconds after which a connection is made anew, so that a name that means another machine by now is followed. */
  readonly renewAfter?: number;
  /** What to put before an error of the connection. */
  readonly complaint?: string;
}

/** Where this machine's own receivers are, as the engine was told. */
export interface LogPlaces {
  readonly journal: string;
}

/** A log driver that sends: its options and how it sends. */
export interface ShippingDriver {
  readonly name: string;
  /** Names of its options besides those of every driver. */
  readonly options: ReadonlySet<string>;
  /** In which words an unknown option is refused. */
  unknown(option: string): string;
  /** Throws BAD_CONFIG in Docker's words. */
  check(options: LogOptions): void;
  open(options: LogOptions, subject: LogSubject, places: LogPlaces): Shipment;
}

/** Options by which labels and variables become attributes. */
export const ATTRIBUTE_OPTIONS = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'] as const;

/** Patience with a receiver that does not answer. */
export const USUAL_RETRY = { first: 100, longest: 10_000, attempts: Number.POSITIVE_INFINITY } as const;
export const WRITE_TIMEOUT = 30_000;

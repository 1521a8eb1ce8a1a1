/** Who is asking: decided once per connection by the server's `identify` option. */
export type Identity =
  | { readonly kind: 'local' }
  | { readonly kind: 'unix'; readonly uid: number; readonly gid: number; readonly pid?: number }
  | { readonly kind: 'certificate'; readonly commonName: string; readonly fingerprint: string }
  | { readonly kind: 'token'; readonly subject: string };

/** What every backend call is told about the request it serves. */
export interface RequestContext {
  readonly identity: Identity;
  /**
   * Aborted as soon as the client's connection is gone, and when the answer has been sent. Streams, waits and pulls end
   * with it; a change of state that has begun is finished all the same.
   */
  readonly signal: AbortSignal;
  /** Negotiated version of this request, for instance `1.47`; the server's newest for un-versioned paths. */
  readonly apiVersion: string;
}

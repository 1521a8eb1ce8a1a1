/** One step between a command and its process, as `wharf run --explain` tells it. */
export interface ExplainStep {
  /** What the step is about, one word: `image`, `namespace`, `mounts`, … */
  readonly Area: string;
  /** A plain sentence. */
  readonly Text: string;
  /** How long it took; 0 for what was part of an earlier step, or was done before anybody asked. */
  readonly Microseconds: number;
}

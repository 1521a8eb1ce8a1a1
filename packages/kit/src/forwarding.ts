/** Takes output; its memory is used again once `done` was called. */
export interface OutputSink {
  write(chunk: Uint8Array, done: () => void): void;
}

/**
 * A readable stream that can hand its output over without leaving each piece to the garbage collector, which for fast
 * streams costs more than the copying. 'end' comes as usual, after the last write.
 */
export interface Forwarding {
  /** From now on all output goes to the sink, in order, what waits in the stream first. */
  forwardTo(sink: OutputSink): void;
}

/** Whether a stream can do so. */
export function isForwarding(stream: object): stream is Forwarding {
  return 'forwardTo' in stream && typeof stream.forwardTo === 'function';
}

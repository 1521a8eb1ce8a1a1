/** The one time stamp of everything in the library: what is built must not depend on when it is built. */
export const EPOCH = new Date('2026-11-01T00:00:00Z');

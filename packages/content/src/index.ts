export { ContentStore, type PendingIngest } from './content-store.ts';
export { contentErrors } from './errors.ts';
export type { BlobInfo, Expected, Ingest } from './ingest.ts';

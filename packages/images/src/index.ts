export { definitions as imagesErrors } from './errors.ts';
export { ImageService, type ImageServiceOptions, type PullOptions } from './image-service.ts';
export { formatPlatform, normalisePlatform } from './platform.ts';
export type { ImageSource } from './pull/image-documents.ts';
export { imagesSchema } from './schema.ts';
export type { Snapshot, Snapshots } from './snapshots.ts';
export { shortId } from './store/image-table.ts';
export type { ImageEvent, ImageRecord, ImageUse, LayerRecord, PullEvent, WantedPlatform } from './types.ts';

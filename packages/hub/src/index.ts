export type { HubAuth } from './auth.ts';
export { definitions as hubErrors } from './errors.ts';
export { createHub, type Hub, type HubOptions } from './hub.ts';
export { hubSchema } from './records.ts';
export type { Action } from './route.ts';
export type { SeedOptions } from './seed.ts';
export type { UploadLimits } from './uploads.ts';

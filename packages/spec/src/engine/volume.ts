/** Engine API types of the Volume tag. */
export type { Volume, VolumeCreateRequest, VolumeListResponse } from './engine-api.gen.ts';

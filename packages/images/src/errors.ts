import { defineErrors } from '@wharf/kit';

export const { definitions, fail } = defineErrors({
  NO_SUCH_IMAGE: { kind: 'not_found', description: 'No local image has this name or ID.' },
  NO_MATCHING_MANIFEST: { kind: 'not_found', description: 'The image does not exist for the wanted platform.' },
  IMAGE_UNSUPPORTED: { kind: 'invalid', description: 'The named thing is not an image that can be run here.' },
  IMAGE_INVALID: { kind: 'invalid', description: 'An image configuration contradicts itself or its manifest.' },
  IMAGE_VERIFICATION_FAILED: { kind: 'data_loss', description: 'A part of an image is not what its digest names.' },
  LAYER_UNPACK_FAILED: { kind: 'system', description: 'A layer cannot be unpacked: disk full or a bad archive.' },
  LAYER_DOWNLOAD_FAILED: {
    kind: 'unavailable',
    description: 'The connection broke again and again during a download.',
  },
  PULL_FAILED: { kind: 'system', description: 'A pull failed for a reason of the host, a full disk for instance.' },
  PULL_CANCELLED: { kind: 'cancelled', description: 'A pull was given up by the one who asked for it.' },
  IMAGE_IN_USE: { kind: 'conflict', description: 'An image cannot be removed because containers or names need it.' },
  INVALID_TAG: { kind: 'invalid', description: 'An image cannot be given this name.' },
  SNAPSHOT_EXISTS: { kind: 'conflict', description: 'A writable layer of this name exists already.' },
  NO_SUCH_SNAPSHOT: { kind: 'not_found', description: 'There is no writable layer of this name.' },
  WORKER_FAILED: { kind: 'system', description: 'A worker thread of the image store ended unexpectedly.' },
  SYNC_FAILED: { kind: 'system', description: 'Layers could not be made durable on the disk.' },
});

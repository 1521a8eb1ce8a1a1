import { defineErrors } from '@wharf/kit';

export const { definitions, fail } = defineErrors({
  TAR_INVALID: { kind: 'invalid', description: 'An archive or its compression is damaged or of an unknown format.' },
  TAR_UNSAFE: { kind: 'invalid', description: 'An archive entry would reach outside its layer, or misuses overlayfs.' },
  TAR_TRUNCATED: { kind: 'data_loss', description: 'An archive ends in the middle of an entry.' },
  TAR_TOO_LARGE: { kind: 'exhausted', description: 'An archive has more entries, bytes or longer names than allowed.' },
  TAR_UNPACK_FAILED: { kind: 'system', description: 'An archive entry cannot be written: disk full, for instance.' },
  TAR_CONFLICT: {
    kind: 'invalid',
    description: 'A copy would put a file in the place of a directory, or the reverse.',
  },
  TAR_PACK_FAILED: { kind: 'system', description: 'A directory cannot be written as an archive.' },
});

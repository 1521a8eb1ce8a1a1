import { defineErrors } from '@wharf/kit';

export const { definitions: contentErrors, fail } = defineErrors({
  BLOB_NOT_FOUND: { kind: 'not_found', description: 'The content store has no blob with this digest.' },
  BLOB_TOO_LARGE: { kind: 'invalid', description: 'A blob is larger than the reader or its descriptor allows.' },
  BLOB_TRUNCATED: { kind: 'data_loss', description: 'A blob ended before its announced size; it can be resumed.' },
  BLOB_DIGEST_MISMATCH: { kind: 'data_loss', description: 'The bytes of a blob do not have the announced digest.' },
  INGEST_BUSY: { kind: 'conflict', description: 'The same blob is being written by someone else.' },
  INGEST_CLOSED: {
    kind: 'conflict',
    description: 'A write to a blob that was already committed, suspended or aborted.',
  },
  INVALID_INGEST_KEY: { kind: 'invalid', description: 'A key of a half-written blob that cannot be a file name.' },
});

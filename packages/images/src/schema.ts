import type { Schema } from '@wharf/kit';

/**
 * Tables of the image store. `name` is a full repository name (`docker.io/library/busybox`). A layer's directory is
 * <root>/layers/<dir>; it exists exactly as long as its row, apart from the moments that `start` cleans up after.
 */
export const imagesSchema: Schema = {
  area: 'images',
  steps: [
    `CREATE TABLE layers (
       diff_id TEXT PRIMARY KEY, dir TEXT NOT NULL UNIQUE, size INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE images (
       id TEXT PRIMARY KEY, config BLOB NOT NULL, size INTEGER NOT NULL, stored_at INTEGER NOT NULL,
       tagged_at INTEGER NOT NULL DEFAULT 0, manifest TEXT
     ) STRICT;
     CREATE TABLE image_layers (
       image_id TEXT NOT NULL REFERENCES images(id), position INTEGER NOT NULL,
       diff_id TEXT NOT NULL REFERENCES layers(diff_id), PRIMARY KEY (image_id, position)
     ) STRICT;
     CREATE INDEX image_layers_by_layer ON image_layers (diff_id);
     CREATE TABLE image_tags (
       name TEXT NOT NULL, tag TEXT NOT NULL, image_id TEXT NOT NULL REFERENCES images(id), PRIMARY KEY (name, tag)
     ) STRICT;
     CREATE INDEX image_tags_by_image ON image_tags (image_id);
     CREATE TABLE image_digests (
       name TEXT NOT NULL, digest TEXT NOT NULL, image_id TEXT NOT NULL REFERENCES images(id),
       PRIMARY KEY (name, digest)
     ) STRICT;
     CREATE INDEX image_digests_by_image ON image_digests (image_id);
     CREATE TABLE image_blobs (
       image_id TEXT NOT NULL REFERENCES images(id), digest TEXT NOT NULL, PRIMARY KEY (image_id, digest)
     ) STRICT;
     CREATE INDEX image_blobs_by_digest ON image_blobs (digest);
     CREATE TABLE layer_sources (
       diff_id TEXT NOT NULL REFERENCES layers(diff_id), digest TEXT NOT NULL, media_type TEXT NOT NULL,
       size INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (diff_id, digest, name)
     ) STRICT;
     CREATE TABLE snapshots (id TEXT PRIMARY KEY) STRICT;
     CREATE TABLE snapshot_layers (
       snapshot_id TEXT NOT NULL REFERENCES snapshots(id), position INTEGER NOT NULL,
       diff_id TEXT NOT NULL REFERENCES layers(diff_id), PRIMARY KEY (snapshot_id, position)
     ) STRICT;
     CREATE INDEX snapshot_layers_by_layer ON snapshot_layers (diff_id);`,
  ],
};

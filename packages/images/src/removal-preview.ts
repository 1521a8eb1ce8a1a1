import { type Digest, familiarString } from '@wharf/spec';
import { chainIds } from './chain-id.ts';
import { planRemoval } from './remove-plan.ts';
import { type ImageName, nameReference } from './store/image-table.ts';

/** What is known of an image whose removal is previewed. */
export interface PreviewedImage {
  readonly id: Digest;
  readonly names: readonly ImageName[];
  /** Bottom first. */
  readonly diffIds: readonly Digest[];
}

/** A layer and who keeps it: IDs of images, and of snapshots. Bytes. */
export interface LayerUsers {
  readonly size: number;
  readonly users: ReadonlySet<string>;
}

/** What removals would answer, and the bytes of the layers that would go with them. */
export interface RemovalPreview {
  readonly answer: readonly ({ Untagged: string } | { Deleted: string })[];
  readonly bytes: number;
}

/** Goes through the removal of all these images, tag by tag and one after the other, without doing anything. Pure. */
export function previewRemoval(
  images: readonly PreviewedImage[],
  layers: ReadonlyMap<Digest, LayerUsers>,
): RemovalPreview {
  const left = new Map([...layers].map(([diffId, { users }]) => [diffId, new Set(users)]));
  const answer: ({ Untagged: string } | { Deleted: string })[] = [];
  let bytes = 0;
  for (const { id, names, diffIds } of images) {
    for (const name of untaggedNames(id, names)) answer.push({ Untagged: familiarString(nameReference(name)) });
    const gone = new Set<Digest>();
    for (const diffId of new Set(diffIds)) {
      const users = left.get(diffId);
      users?.delete(id);
      if (users?.size !== 0) continue;
      gone.add(diffId);
      left.delete(diffId);
      bytes += layers.get(diffId)?.size ?? 0;
    }
    const chains = chainIds(diffIds).filter((_, at) => gone.has(diffIds[at] as Digest));
    answer.push({ Deleted: id }, ...chains.reverse().map((Deleted) => ({ Deleted })));
  }
  return { answer, bytes };
}

/** The names in the order in which removals by each tag, and then by the ID, take them away. */
function untaggedNames(id: Digest, names: readonly ImageName[]): ImageName[] {
  const gone: ImageName[] = [];
  let left = names;
  for (const name of names.filter(({ tag }) => tag !== undefined)) {
    const plan = planRemoval({ id, asked: '', name, names: left, uses: [], force: true });
    gone.push(...plan.untag);
    left = left.filter((each) => !plan.untag.includes(each));
  }
  return [...gone, ...left];
}

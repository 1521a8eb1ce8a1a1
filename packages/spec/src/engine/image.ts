/** Engine API types of the Image tag, with the members required that the engine always answers. */
import type { ImageInspect as GeneratedInspect } from './engine-api.gen.ts';
import type { Require } from './require.ts';

export type {
  ImageDeleteResponseItem,
  ImageHistoryResponseItem,
  ImageSummary,
} from './engine-api.gen.ts';

/** Answer of GET /images/{name}/json. */
export type ImageInspect = Require<
  GeneratedInspect,
  'Id' | 'RepoTags' | 'RepoDigests' | 'Created' | 'Config' | 'Architecture' | 'Os' | 'Size' | 'RootFS'
>;

/** One line of the progress stream of pull, push, load and import. */
export interface ProgressMessage {
  id?: string;
  status?: string;
  stream?: string;
  progress?: string;
  progressDetail?: { current?: number; total?: number; start?: number; units?: string };
  aux?: unknown;
  error?: string;
  errorDetail?: { code?: number; message: string };
}

import type { PruneOptions } from '../backends/container.ts';
import { booleanParameter } from '../http/parameters.ts';

/** What Wharf's own clients may ask of any prune: `wharf-dry-run`, and `wharf-after-containers` with it. */
export function pruneOptions(query: URLSearchParams): PruneOptions {
  return {
    dryRun: booleanParameter(query, 'wharf-dry-run'),
    afterContainers: booleanParameter(query, 'wharf-after-containers'),
  };
}

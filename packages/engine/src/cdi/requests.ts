import type { DeviceRequest } from '@wharf/spec';
import { fail } from '../errors.ts';

const GPUS = 'nvidia.com/gpu';

/** Names of GPUs that a request of `--gpus` means; undefined for one that is about no GPU of this kind. */
function gpuNames({ Driver = '', Count = 0, DeviceIDs, Capabilities }: DeviceRequest): string[] | undefined {
  const wanted = (Capabilities ?? []).some((set) => set.includes('gpu'));
  if (!wanted || !['', 'nvidia', 'cdi'].includes(Driver)) return undefined;
  if (DeviceIDs?.length) return [...DeviceIDs];
  if (Count < 0) return ['all'];
  return Array.from({ length: Math.min(Count, 1024) }, (_, at) => String(at));
}

/**
 * The CDI devices (`vendor/class=name`) that device requests mean. `known` are the devices that there are.
 * Throws NO_SUCH_CDI_DEVICE, in Docker's words, for a request that nothing here can serve.
 */
export function requestedDevices(requests: readonly DeviceRequest[], known: readonly string[]): string[] {
  return requests.flatMap((request) => {
    if (request.Driver === 'cdi' && !request.Capabilities?.length) return request.DeviceIDs ?? [];
    const names = gpuNames(request);
    if (names && known.some((name) => name.startsWith(`${GPUS}=`))) return names.map((name) => `${GPUS}=${name}`);
    const capabilities = `[${(request.Capabilities ?? []).map((set) => `[${set.join(' ')}]`).join(' ')}]`;
    const driver = JSON.stringify(request.Driver ?? '');
    throw fail('NO_SUCH_CDI_DEVICE', `could not select device driver ${driver} with capabilities: ${capabilities}`);
  });
}

import type { DeviceRequest, OciConfig } from '@wharf/spec';
import { fail } from '../errors.ts';
import { hostDevice } from '../oci/devices.ts';
import { applyEdits } from './apply-edits.ts';
import type { CdiRegistry } from './registry.ts';
import { requestedDevices } from './requests.ts';
import type { CdiEdits } from './spec-file.ts';

/** Devices of `--gpus` and `--device vendor/class=name`, for containers that start. */
export class CdiDevices {
  readonly #registry: CdiRegistry;

  constructor(registry: CdiRegistry) {
    this.#registry = registry;
  }

  /** What the requested devices bring. Throws NO_SUCH_CDI_DEVICE. */
  resolve(requests: readonly DeviceRequest[] | undefined): CdiEdits[] {
    if (!requests?.length) return [];
    return this.#registry.resolve((known) => requestedDevices(requests, known));
  }

  /** The configuration with these edits. `hooks`: whether the runtime runs hooks. Throws NO_SUCH_CDI_DEVICE, BAD_CONFIG. */
  apply(config: OciConfig, edits: readonly CdiEdits[], { hooks }: { readonly hooks: boolean }): OciConfig {
    if (edits.length === 0) return config;
    const hook = edits.flatMap((each) => each.hooks ?? [])[0];
    if (hook && !hooks) {
      const why = `the device wants the hook ${hook.hookName} (${hook.path}), which the runtime wharf does not run`;
      throw fail('NO_SUCH_CDI_DEVICE', `CDI device injection failed: ${why}; use --runtime runc`);
    }
    return applyEdits(config, edits, hostDevice);
  }
}

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

  /** The configuration with these edits. `hooks`: those that the runtime runs. Throws NO_SUCH_CDI_DEVICE. */
  apply(config: OciConfig, edits: readonly CdiEdits[], hooks: readonly string[]): OciConfig {
    if (edits.length === 0) return config;
    const hook = edits.flatMap((each) => each.hooks ?? []).find(({ hookName }) => !hooks.includes(hookName));
    if (hook) {
      const why = `the device wants the hook ${hook.hookName} (${hook.path}), which the runtime does not run`;
      throw fail('NO_SUCH_CDI_DEVICE', `CDI device injection failed: ${why}`);
    }
    return applyEdits(config, edits, hostDevice);
  }
}

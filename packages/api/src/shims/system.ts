/** What clients of older API versions expect in answers of the System tag. */
import type { EventMessage, SystemInfo } from '@wharf/spec';
import { isBefore } from '../http/versions.ts';

/** The answer of GET /info for one API version. */
export function legacyInfo(info: SystemInfo, version: string): object {
  const { FirewallBackend, DiscoveredDevices, Containerd, ...old } = info;
  const registry = {
    AllowNondistributableArtifactsCIDRs: null,
    AllowNondistributableArtifactsHostnames: null,
    ...info.RegistryConfig,
  };
  const commit = (given: { ID?: string } | undefined) => ({ ID: '', ...given, Expected: given?.ID ?? '' });
  return {
    ...old,
    ...(!isBefore(version, '1.46') && { Containerd }),
    ...(isBefore(version, '1.47') && { RegistryConfig: registry }),
    ...(isBefore(version, '1.49')
      ? {
          ContainerdCommit: commit(info.ContainerdCommit),
          RuncCommit: commit(info.RuncCommit),
          InitCommit: commit(info.InitCommit),
        }
      : { FirewallBackend }),
    ...(isBefore(version, '1.50') ? { BridgeNfIptables: false, BridgeNfIp6tables: false } : { DiscoveredDevices }),
    ...(isBefore(version, '1.25') && {
      ExecutionDriver: '<not supported>',
      SecurityOptions: securityNames(info.SecurityOptions ?? []),
    }),
  };
}

/** `name=seccomp,profile=builtin` → `seccomp`. */
function securityNames(options: readonly string[]): string[] {
  return options.map((option) => /(?:^|,)name=([^,]*)/.exec(option)?.[1] ?? option);
}

/** One event for one API version; undefined when that version does not know the event. */
export function legacyEvent(event: EventMessage, version: string): EventMessage | undefined {
  if (event.Type === 'image' && event.Action === 'create' && isBefore(version, '1.46')) return undefined;
  if (!isBefore(version, '1.52')) return event;
  // Clients before 25 read these members and fail without them.
  if (event.Type === 'container') {
    const from = event.Actor.Attributes['image'] ?? '';
    return { status: event.Action, id: event.Actor.ID, from, ...event } as EventMessage;
  }
  if (event.Type === 'image') return { status: event.Action, id: event.Actor.ID, ...event } as EventMessage;
  return event;
}

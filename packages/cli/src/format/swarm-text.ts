/** What `info` shows of a swarm, for engines that have one. */
export interface Swarm {
  readonly NodeID?: string;
  readonly NodeAddr?: string;
  readonly LocalNodeState?: string;
  readonly ControlAvailable?: boolean;
  readonly Error?: string;
  readonly RemoteManagers?: readonly { readonly Addr?: string }[] | null;
  readonly Nodes?: number;
  readonly Managers?: number;
  readonly Cluster?: { readonly ID?: string } | null;
}

/** Nothing for an engine that is in no swarm. */
export function swarmLines(swarm: Swarm | null | undefined): string[] {
  const state = swarm?.LocalNodeState ?? '';
  if (swarm == null || state === 'inactive' || state === 'locked') return [];
  const error = swarm.Error ?? '';
  const addresses = (swarm.RemoteManagers ?? []).map((manager) => `   ${manager.Addr ?? ''}`).sort();
  const manages = swarm.Cluster != null && swarm.ControlAvailable === true && error === '' && state !== 'error';
  return [
    `  NodeID: ${swarm.NodeID ?? ''}`,
    ...(error === '' ? [] : [`  Error: ${error}`]),
    `  Is Manager: ${swarm.ControlAvailable ?? false}`,
    ...(manages
      ? [
          `  ClusterID: ${swarm.Cluster?.ID ?? ''}`,
          `  Managers: ${swarm.Managers ?? 0}`,
          `  Nodes: ${swarm.Nodes ?? 0}`,
        ]
      : []),
    `  Node Address: ${swarm.NodeAddr ?? ''}`,
    ...(addresses.length === 0 ? [] : ['  Manager Addresses:', ...addresses]),
  ];
}

export { changeSystemUser, type SystemUserChange } from './accounts/system-user.spawn.ts';
export {
  type CapabilityChanges,
  capabilitiesOf,
  capabilityMask,
  capabilityNumber,
  combineCapabilities,
  isCapabilityName,
  parseCapability,
} from './capabilities/capabilities.ts';
export { CAPABILITY_NAMES, type CapabilityName, DEFAULT_CAPABILITIES } from './capabilities/table.ts';
export { Cell, errnoText, operationFailed } from './cell/cell.ts';
export { type CellEnd, CellLines, type CellMessage } from './cell/cell-messages.ts';
export { type CellNursery, CellRunner } from './cell/cell-runner.ts';
export { connectSocket } from './cell/connect-socket.ts';
export { type CgroupFeatures, probeCgroups } from './cgroups/features.ts';
export { type FreezerState, freezerState } from './cgroups/frozen.ts';
export { applyCgroup, cgroupProcesses, freezeCgroup, killCgroup, removeCgroup } from './cgroups/group.ts';
export { type CgroupLayout, type CgroupMode, cgroupDirectories, cleanPath, detectCgroups } from './cgroups/layout.ts';
export { type LimitsHit, readLimitsHit } from './cgroups/limits-hit.ts';
export {
  type CgroupPlan,
  type CgroupRequest,
  type CgroupWrite,
  type CurrentLimits,
  planCgroup,
  planParent,
} from './cgroups/plan.ts';
export { prepareCgroupParent } from './cgroups/prepare.ts';
export { type CgroupStats, readCgroupStats } from './cgroups/stats.ts';
export { linuxErrors } from './errors.ts';
export { LibC } from './libc/libc.ts';
export { familyOf, ipBytes, ipText, macBytes, macText } from './netlink/addresses.ts';
export {
  addBridge,
  addVeth,
  deleteLink,
  dumpLinks,
  type Link,
  type LinkSettings,
  parseLinks,
  setBridgePort,
  setLink,
} from './netlink/links.ts';
export {
  NETLINK,
  type NetlinkMessage,
  type NetlinkOptions,
  type NetlinkReply,
  netlinkStep,
  parseReplies,
} from './netlink/message.ts';
export {
  addAddress,
  addNeighbour,
  addRoute,
  deleteAddress,
  deleteNeighbour,
  deleteRoute,
  dumpAddresses,
  dumpRoutes,
  type InterfaceAddress,
  type Neighbour,
  parseAddresses,
  parseRoutes,
  type Route,
} from './netlink/routes.ts';
export * as nft from './nftables/nftables.ts';
export { hostDecompressor } from './processes/decompress.spawn.ts';
export { runPs } from './processes/ps.spawn.ts';
export { encodeMessage, encodeProgram, MAX_MESSAGE, MESSAGE } from './program/encode.ts';
export type { CellFailure, OpRunner } from './program/op-runner.ts';
export type { Op } from './program/ops.gen.ts';
export { inChild, onHost, type Program, printProgram, type Step } from './program/step.ts';
export type { NativeArchitecture } from './seccomp/architectures.ts';
export type { SeccompFilter } from './seccomp/compile.ts';
export { SeccompCompiler } from './seccomp/compiler.ts';
export { DEFAULT_SECCOMP_PROFILE } from './seccomp/default-profile.ts';
export { parseSeccompProfile } from './seccomp/parse.ts';
export type {
  SeccompArgument,
  SeccompCondition,
  SeccompConfig,
  SeccompProfile,
  SeccompRule,
} from './seccomp/profile.ts';

export type { EngineConfig } from './config.ts';
export type { EndpointView, NetworkFileRequest, NetworkFiles, NetworkPort } from './containers/ports.ts';
export { containersSchema } from './containers/record.ts';
export { ContainerStore } from './containers/store.ts';
export { Engine, type EngineOptions } from './engine.ts';
export { engineErrors } from './errors.ts';
export { EventService, eventsSchema } from './events/event-service.ts';
export { lockDataRoot } from './lock-file.ts';
export type { SandboxNetwork } from './sandboxes/sandbox-service.ts';

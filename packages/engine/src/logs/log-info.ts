import { goTimeText } from '@wharf/spec';
import {
  GO_STRING,
  type GoFunction,
  type GoType,
  type GoValue,
  goString,
  goStringMap,
  goStrings,
  pointerTo,
  Schema,
} from '@wharf/template';
import type { ContainerRecord } from '../containers/record.ts';

const ID_LENGTH = 12;

/** What the engine knows of a container when it makes a log tag. */
export interface LogInfo {
  readonly record: Pick<
    ContainerRecord,
    'id' | 'name' | 'path' | 'args' | 'imageId' | 'created' | 'config' | 'hostConfig'
  >;
  readonly host: string;
  readonly logPath: string;
  /** Labels and variables that the options name. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Docker's `logger.Info` by its Go names, which templates of its users ask for. */
const TYPE = new Schema(
  `
time.Time = string
logger.Info
  Config map[string]string
  ContainerID string
  ContainerName string
  ContainerEntrypoint string
  ContainerArgs []string
  ContainerImageID string
  ContainerImageName string
  ContainerCreated time.Time
  ContainerEnv []string
  ContainerLabels map[string]string
  LogPath string
  DaemonName string
`,
  { 'time.Time': (value) => goTimeText(value.kind === 'string' ? value.value : '') },
).type('logger.Info');

/** Go's type of the argument of ExtraAttributes. Nothing in a template is one, so it is `nil`. */
const MODIFIER: GoType = { name: 'func(string) string', kind: 'interface' };

/** The container as templates of tags see it. */
export function logInfo({ record, host, logPath, attributes }: LogInfo): GoValue {
  const { id, path, args, imageId, created, config } = record;
  const imageName = config.Image ?? '';
  const values = new Map<string, GoValue>([
    ['Config', goStringMap(record.hostConfig.LogConfig?.Config ?? {})],
    ['ContainerID', goString(id)],
    ['ContainerName', goString(`/${record.name}`)],
    ['ContainerEntrypoint', goString(path)],
    ['ContainerArgs', goStrings(args)],
    ['ContainerImageID', goString(imageId)],
    ['ContainerImageName', goString(imageName)],
    ['ContainerCreated', goString(created, createdType())],
    ['ContainerEnv', goStrings(config.Env ?? [])],
    ['ContainerLabels', goStringMap(config.Labels ?? {})],
    ['LogPath', goString(logPath)],
    ['DaemonName', goString('docker')],
  ]);
  const texts = {
    ID: id.slice(0, ID_LENGTH),
    FullID: id,
    Name: record.name,
    ImageID: imageId.replace(/^sha256:/, '').slice(0, ID_LENGTH),
    ImageFullID: imageId,
    ImageName: imageName,
    Command: [path, ...args].join(' '),
    Hostname: host,
  };
  const methods = new Map<string, GoFunction>(
    Object.entries(texts).map(([name, text]) => [name, { params: [], call: () => goString(text) }]),
  );
  methods.set('ExtraAttributes', { params: [MODIFIER], call: () => goStringMap(attributes) });
  return { kind: 'ptr', type: pointerTo(TYPE), target: { kind: 'struct', type: TYPE, values, methods } };
}

function createdType() {
  return TYPE.fields?.find(({ name }) => name === 'ContainerCreated')?.type ?? GO_STRING;
}

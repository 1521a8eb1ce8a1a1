import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { errnoOf, messageOf } from '@wharf/kit';
import { parseSeccompProfile, type SeccompConfig } from '@wharf/linux';
import { ALLOWED_DEVICES, DEFAULT_DEVICES, type Hooks } from '@wharf/runtime';
import type {
  OciCapabilities,
  OciConfig,
  OciDevice,
  OciIdMapping,
  OciMount,
  OciNamespace,
  OciProcess,
  OciResources,
} from '@wharf/spec';
import { OWN_PARENT } from '../container/machine.ts';
import { fail } from '../errors.ts';
import { readHooks } from './hooks.ts';
import { Json } from './json.ts';

/** A bundle's configuration as our lowering takes it, and what goes beside it. */
export interface Bundle {
  readonly config: OciConfig;
  readonly seccomp: SeccompConfig | undefined;
  readonly hooks: Hooks;
  /** Name of the process's AppArmor profile. */
  readonly apparmor: string | undefined;
  /** The version that the bundle names. */
  readonly ociVersion: string;
}

/** Larger files than this are not read. Bytes. */
const MAX_CONFIG = 4 << 20;
/** Options that only the tools above a runtime mean something by, or that we do without. */
const IGNORED_OPTIONS = new Set(['tmpcopyup', 'notmpcopyup', 'copyup', 'nocopyup']);

function readCapabilities(value: Json): OciCapabilities {
  const names = (name: string) => value.at(name).strings();
  return {
    bounding: names('bounding'),
    effective: names('effective'),
    permitted: names('permitted'),
    inheritable: names('inheritable'),
    ambient: names('ambient'),
  };
}

/** A limit as our types have it: what is past 2^53 is none. */
function limit(value: number | undefined): number {
  return value === undefined || value > Number.MAX_SAFE_INTEGER ? -1 : value;
}

/** The `process` of a configuration, or the file of `exec --process`. Throws OCI_CONFIG. */
export function readProcess(value: Json): OciProcess {
  const user = value.at('user');
  const console = value.at('consoleSize');
  const [cwd, umask, oom] = [value.at('cwd').text() ?? '', user.at('umask').number(), value.at('oomScoreAdj').number()];
  const args = value.at('args').strings();
  if (!isAbsolute(cwd)) throw fail('OCI_CONFIG', 'Cwd must be an absolute path');
  if (args.length === 0) throw fail('OCI_CONFIG', 'args must not be empty');
  for (const name of ['selinuxLabel', 'scheduler', 'ioPriority']) {
    if (value.at(name).present) throw fail('OCI_CONFIG', `process.${name} is not supported`);
  }
  return {
    terminal: value.at('terminal').flag(),
    ...(console.present
      ? { consoleSize: { height: console.at('height').number() ?? 0, width: console.at('width').number() ?? 0 } }
      : {}),
    user: {
      uid: user.at('uid').number() ?? 0,
      gid: user.at('gid').number() ?? 0,
      additionalGids: user
        .at('additionalGids')
        .items()
        .map((one) => one.number() ?? 0),
      ...(umask === undefined ? {} : { umask }),
    },
    args,
    env: value.at('env').strings(),
    cwd,
    capabilities: readCapabilities(value.at('capabilities')),
    rlimits: value
      .at('rlimits')
      .items()
      .map((one) => ({
        type: one.at('type').text() ?? '',
        soft: limit(one.at('soft').number()),
        hard: limit(one.at('hard').number()),
      })),
    noNewPrivileges: value.at('noNewPrivileges').flag(),
    ...(oom === undefined ? {} : { oomScoreAdj: oom }),
  };
}

function readMount(value: Json, bundle: string): OciMount {
  const options = value
    .at('options')
    .strings()
    .filter((option) => !IGNORED_OPTIONS.has(option));
  const destination = join('/', value.at('destination').text() ?? '');
  const isBind = options.includes('bind') || options.includes('rbind');
  const type = isBind ? 'bind' : (value.at('type').text() ?? 'none');
  const source = value.at('source').text() ?? '';
  return { destination, type, source: isBind ? resolve(bundle, source) : source, options };
}

function readDevice(value: Json): OciDevice {
  const type = value.at('type').text() ?? '';
  const path = value.at('path').text() ?? '';
  if (!/^[cbup]$/.test(type) || !isAbsolute(path)) throw fail('OCI_CONFIG', `invalid device ${JSON.stringify(path)}`);
  return {
    path,
    type: type as OciDevice['type'],
    major: value.at('major').number() ?? 0,
    minor: value.at('minor').number() ?? 0,
    fileMode: value.at('fileMode').number() ?? 0o666,
    uid: value.at('uid').number() ?? 0,
    gid: value.at('gid').number() ?? 0,
  };
}

const NAMESPACES = new Set(['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup']);

function readNamespaces(value: Json): OciNamespace[] {
  const namespaces = value.items().map((one): OciNamespace => {
    const [type = '', path] = [one.at('type').text(), one.at('path').text()];
    if (!NAMESPACES.has(type)) throw fail('OCI_CONFIG', `namespace ${JSON.stringify(type)} does not exist`);
    if (type === 'user' && path) throw fail('OCI_CONFIG', 'joining a user namespace is not supported');
    return { type: type as OciNamespace['type'], ...(path ? { path } : {}) };
  });
  if (new Set(namespaces.map(({ type }) => type)).size < namespaces.length) {
    throw fail('OCI_CONFIG', 'malformed spec file: duplicated namespace');
  }
  if (!namespaces.some(({ type, path }) => type === 'mount' && path === undefined)) {
    throw fail('OCI_CONFIG', 'a new mount namespace is needed');
  }
  return namespaces;
}

/** The maps of a new user namespace; without one they mean nothing. */
function readMappings(value: Json, namespaces: readonly OciNamespace[]): OciIdMapping[] {
  if (!namespaces.some(({ type }) => type === 'user')) return [];
  const number = (one: Json, name: string) => one.at(name).number() ?? 0;
  const maps = value.items().map((one) => {
    return { containerID: number(one, 'containerID'), hostID: number(one, 'hostID'), size: number(one, 'size') };
  });
  if (maps.length === 0) throw fail('OCI_CONFIG', 'a user namespace needs mappings of users and groups');
  return maps;
}

/** The devices that the specification promises, unless the bundle has its own at their paths. */
function withDefaults(devices: readonly OciDevice[]): OciDevice[] {
  const taken = new Set(devices.map(({ path }) => path));
  return [...DEFAULT_DEVICES.filter(({ path }) => !taken.has(path)), ...devices];
}

/** Limits are checked where they are planned; what the specification promises is allowed after the bundle's own rules. */
export function readResources(value: Json): OciResources {
  const resources = (value.present ? value.value : {}) as OciResources;
  return { ...resources, ...(resources.devices ? { devices: [...resources.devices, ...ALLOWED_DEVICES] } : {}) };
}

function readSeccomp(value: Json): SeccompConfig | undefined {
  return value.present ? parseSeccompProfile(JSON.stringify(value.value)) : undefined;
}

/** The text of a file of the caller's, parsed. Throws OCI_CONFIG. */
export function readJson(path: string): Json {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MAX_CONFIG) throw fail('OCI_CONFIG', `${path} is larger than ${MAX_CONFIG} bytes`);
    return new Json(JSON.parse(text), '');
  } catch (cause) {
    const why =
      errnoOf(cause) === 'ENOENT' ? `open ${path}: no such file or directory` : `${path}: ${messageOf(cause)}`;
    throw fail('OCI_CONFIG', why, { cause });
  }
}

/** Reads and checks the configuration of a bundle. `id` names the control group if the bundle does not. Throws OCI_CONFIG. */
export function readBundle(directory: string, id: string): Bundle {
  const config = readJson(join(directory, 'config.json'));
  const linux = config.at('linux');
  const ociVersion = config.at('ociVersion').text() ?? '';
  if (!/^1\.\d+\.\d+/.test(ociVersion))
    throw fail('OCI_CONFIG', `unsupported ociVersion ${JSON.stringify(ociVersion)}`);
  const [hostname, domainname] = [config.at('hostname').text(), config.at('domainname').text()];
  const annotations = config.at('annotations');
  const namespaces = readNamespaces(linux.at('namespaces'));
  const personality = linux.at('personality').at('domain').text() ?? 'LINUX';
  if (personality !== 'LINUX') throw fail('OCI_CONFIG', `linux.personality ${personality} is not supported`);
  return {
    ociVersion,
    seccomp: readSeccomp(linux.at('seccomp')),
    hooks: readHooks(config.at('hooks')),
    apparmor: config.at('process').at('apparmorProfile').text(),
    config: {
      ociVersion,
      process: readProcess(config.at('process')),
      root: {
        path: resolve(directory, config.at('root').at('path').text() ?? ''),
        readonly: config.at('root').at('readonly').flag(),
      },
      ...(hostname ? { hostname } : {}),
      ...(domainname ? { domainname } : {}),
      mounts: config
        .at('mounts')
        .items()
        .map((one) => readMount(one, directory)),
      linux: {
        namespaces,
        uidMappings: readMappings(linux.at('uidMappings'), namespaces),
        gidMappings: readMappings(linux.at('gidMappings'), namespaces),
        cgroupsPath: linux.at('cgroupsPath').text() ?? `${OWN_PARENT}/${id}`,
        resources: readResources(linux.at('resources')),
        devices: withDefaults(linux.at('devices').items().map(readDevice)),
        maskedPaths: linux.at('maskedPaths').strings(),
        readonlyPaths: linux.at('readonlyPaths').strings(),
        sysctl: linux.at('sysctl').texts(),
      },
      ...(annotations.present ? { annotations: annotations.texts() } : {}),
    },
  };
}

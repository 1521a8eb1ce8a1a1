import type { Descriptor, Platform } from '@wharf/spec';
import type { WantedPlatform } from './types.ts';

/** Architecture, variant: other spellings and defaults (containerd, "platforms", Normalize). */
const ALIASES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
  i386: ['386'],
  x64: ['amd64'],
  ia32: ['386'],
};

type Normal = Readonly<{ os: string; architecture: string; variant: string }>;

/** One spelling for each platform: `aarch64`, `arm64/v8` and `arm64` are the same. */
export function normalisePlatform(platform: Pick<Platform, 'os' | 'architecture' | 'variant'>): Normal {
  const os = platform.os.toLowerCase();
  const spelled = platform.architecture.toLowerCase();
  const [architecture, implied = ''] = ALIASES[spelled] ?? [spelled];
  let variant = (platform.variant ?? '').toLowerCase() || implied;
  if (/^[0-9]/.test(variant)) variant = `v${variant}`;
  if (architecture === 'arm64' && variant === 'v8') variant = '';
  if (architecture === 'amd64' && variant === 'v1') variant = '';
  if (architecture === 'arm' && variant === '') variant = 'v7';
  return { os, architecture, variant };
}

/** As Docker prints it: `linux/arm64`, `linux/arm/v7`. */
export function formatPlatform(platform: Pick<Platform, 'os' | 'architecture' | 'variant'>): string {
  const { os, architecture, variant } = normalisePlatform(platform);
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** What is wanted, with the host's parts where the caller names none. */
export function wantedPlatform(wanted: WantedPlatform | undefined, host: Platform): Platform {
  if (wanted?.architecture === undefined) return { ...host, ...(wanted?.os !== undefined && { os: wanted.os }) };
  const { os = host.os, architecture, variant } = wanted;
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

/** Platforms that run on the wanted one, best first. */
export function compatiblePlatforms(wanted: Platform): Normal[] {
  const normal = normalisePlatform(wanted);
  const { architecture, variant } = normal;
  const level = Number(/^v([0-9]+)/.exec(variant)?.[1] ?? 0);
  const arm = (from: number) =>
    [8, 7, 6, 5]
      .filter((each) => each <= from)
      .map((each) => ({ ...normal, architecture: 'arm', variant: `v${each}` }));
  if (architecture === 'arm') return arm(level);
  if (architecture === 'arm64') return [normal, ...(variant ? [{ ...normal, variant: '' }] : []), ...arm(8)];
  if (architecture === 'amd64') {
    const lower = [4, 3, 2].filter((each) => each < level).map((each) => ({ ...normal, variant: `v${each}` }));
    const base = variant === '' ? [] : [{ ...normal, variant: '' }];
    return [normal, ...lower, ...base, { ...normal, architecture: '386', variant: '' }];
  }
  return variant === '' ? [normal] : [normal, { ...normal, variant: '' }];
}

/** How well a platform serves: 0 is best, -1 is not at all. */
export function platformRank(wanted: Platform, offered: Pick<Platform, 'os' | 'architecture' | 'variant'>): number {
  const own = normalisePlatform(offered);
  return compatiblePlatforms(wanted).findIndex(
    ({ os, architecture, variant }) => os === own.os && architecture === own.architecture && variant === own.variant,
  );
}

/** The best descriptor of an index for the platform. One without a platform is taken when nothing else serves. */
export function selectManifest(manifests: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  let best: { descriptor: Descriptor; rank: number } | undefined;
  for (const descriptor of manifests) {
    if (descriptor.artifactType !== undefined) continue;
    const rank = descriptor.platform ? platformRank(wanted, descriptor.platform) : Number.MAX_SAFE_INTEGER;
    if (rank >= 0 && (best === undefined || rank < best.rank)) best = { descriptor, rank };
  }
  return best?.descriptor;
}

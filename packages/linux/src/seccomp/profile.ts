/** How an argument is compared with the profile's value. MASKED_EQ: (argument & value) == valueTwo. */
export const OPERATORS = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
] as const;

/** One condition on an argument (OCI runtime specification, linux.seccomp.syscalls.args). */
export interface SeccompArgument {
  /** 0 to 5. */
  readonly index: number;
  readonly value: number | bigint;
  readonly valueTwo?: number | bigint;
  readonly op: (typeof OPERATORS)[number];
  /**
   * 32: only the low half is compared. Ours, for arguments that the kernel itself cuts to an int: there a set high half
   * would otherwise get a refused value past the filter.
   */
  readonly width?: 32;
}

/** A rule (OCI runtime specification, linux.seccomp.syscalls). */
export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[];
}

/** A profile without conditions, as in an OCI config.json (linux.seccomp). */
export interface SeccompConfig {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  /** SCMP_ARCH_*; the machine's own is always included. */
  readonly architectures?: readonly string[];
  readonly flags?: readonly string[];
  readonly syscalls?: readonly SeccompRule[];
}

/** When a rule of a Docker profile counts. */
export interface SeccompCondition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  /** "major.minor" */
  readonly minKernel?: string;
}

/** A rule of a Docker profile. */
export interface ConditionalRule extends SeccompRule {
  readonly includes?: SeccompCondition;
  readonly excludes?: SeccompCondition;
}

/** Docker's profile format (`--security-opt seccomp=FILE`); every OCI profile is one too. */
export interface SeccompProfile extends SeccompConfig {
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] | null }[];
  readonly syscalls?: readonly ConditionalRule[];
}

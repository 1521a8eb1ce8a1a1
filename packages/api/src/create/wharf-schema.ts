/**
 * Types of the member `Wharf` of the create body, in the words of CREATE_SCHEMA: what Docker does not have. In these
 * types a member that is not here is refused.
 */
export const WHARF_SCHEMA: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  WharfConfig: {
    Caller: 'string',
    HealthOnFailure: 'string',
    Timeout: 'int64',
  },
};

/** What templates of `why` see. Written in the notation of Schema. */
export const WHY_TYPES = `
wharf.Why
  ID string Id
  Name string
  Status string
  Cause string
  Summary string
  Facts []string
  Advice []string
  LastOutput []string
  Ends []wharf.End
wharf.End
  Cause string
  Summary string
  StartedAt string
  FinishedAt string
  ExitCode int
  Signal string
  OOMKills int
  Restarted bool
`;

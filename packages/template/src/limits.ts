/** Bounds of one template: far above honest use, low enough that a hostile template cannot exhaust the client. */
export const LIMITS = {
  /** Length of the template text, in UTF-16 units. */
  source: 1 << 20,
  /** Nesting of parentheses and control structures while parsing. */
  nesting: 200,
  /** Nesting of `{{template}}` calls while executing. */
  depth: 250,
  /** Passes through all `{{range}}` bodies together. */
  loops: 5_000_000,
  /** Length of everything printed, in UTF-16 units. */
  output: 64 << 20,
  /** Nesting of a JSON document. */
  json: 500,
  /** Largest field width or precision of printf, as in Go. */
  width: 1_000_000,
} as const;

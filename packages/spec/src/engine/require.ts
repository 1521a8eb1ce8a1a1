/** `T` with the named members always present and never null: for answers of which the engine always gives them. */
export type Require<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };

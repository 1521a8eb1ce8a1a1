/** Compares names as people do: runs of digits by their number, `v2` before `v10`. */
export function naturalOrder(a: string, b: string): number {
  const parts = (text: string) => text.match(/\d+|\D+/g) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (const [at, one] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    if (one === other) continue;
    const numbers = /^\d/.test(one) && /^\d/.test(other);
    const difference = numbers ? compareDigits(one, other) : 0;
    return difference === 0 ? (one < other ? -1 : 1) : difference;
  }
  return left.length - right.length;
}

/** Numbers of any length. */
function compareDigits(a: string, b: string): number {
  const [one, other] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : one > other ? 1 : 0;
}

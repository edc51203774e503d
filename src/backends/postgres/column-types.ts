/** What Postgres calls the types of our columns by number. */
export const columnTypes = { boolean: 16, bytea: 17, int8: 20, int2: 21, int4: 23, float8: 701 } as const;

/** The values that a store keeps are safe integers: they need no `BigInt`. */
export function toSafeInteger(text: string): number {
  return Number(text);
}

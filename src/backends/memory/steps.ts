/** Rows that one step of archiving, evicting, sweeping or erasing touches at most. */
export const rowsPerStep = 500;

/** Rows by what they are. */
export type Counts<Kind extends string> = Partial<Record<Kind, number>>;

/**
 * Goes on with a removal for one step. A removal removes a row each time it is asked for the next, and says what kind it was;
 * asked anew, it goes on with what is left.
 */
export function takeStep<Kind extends string>(
  removal: Iterable<Kind>,
): { readonly removed: Counts<Kind>; readonly done: boolean } {
  const removed: Counts<Kind> = {};
  let rows = 0;
  for (const kind of removal) {
    removed[kind] = (removed[kind] ?? 0) + 1;
    rows += 1;
    if (rows === rowsPerStep) return { removed, done: false };
  }
  return { removed, done: true };
}

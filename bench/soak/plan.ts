/** How a run is divided. Times are milliseconds from its beginning. */
export interface Plan {
  readonly endMs: number;
  /** What is measured before this is shown, and judged by nobody. */
  readonly warmUpMs: number;
  /** A row of the table. */
  readonly intervalMs: number;
  /** Users who are there at once. One is erased every `eraseEveryMs`, so that all are new when the warm-up ends. */
  readonly users: number;
}

const intervals = 30;
export const eraseEveryMs = 10_000;

export function planOf(minutes: number): Plan {
  const endMs = minutes * 60_000;
  const warmUpMs = endMs / 10;
  const users = Math.max(6, Math.min(36, Math.floor(warmUpMs / eraseEveryMs)));
  return { endMs, warmUpMs, intervalMs: endMs / intervals, users };
}

/** Which third of the time after the warm-up: 0, 1 or 2; `undefined` before it. */
export function thirdOf({ endMs, warmUpMs }: Plan, ms: number): number | undefined {
  if (ms < warmUpMs) return undefined;
  return Math.min(2, Math.floor((3 * (ms - warmUpMs)) / (endMs - warmUpMs)));
}

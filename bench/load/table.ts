import type { Interval, KindRow } from "./measurements.js";

const shown = ["turn", "context", "tail", "delivery"] as const;

/** Above the lines of intervals. */
export function headLine(): string {
  return ["  at s", "calls/s", ...shown.map((kind) => `${kind} p50/p99 ms`.padStart(22))].join(" ");
}

export function intervalLine({ endS, kinds }: Interval, seconds: number): string {
  const calls = kinds.filter(({ kind }) => kind !== "delivery").reduce((sum, { calls }) => sum + calls, 0);
  const pairs = shown.map((name) => {
    const row = kinds.find(({ kind }) => kind === name);
    return row === undefined ? "-" : `${ms(row.p50)}/${ms(row.p99)}`;
  });
  return [
    endS.toFixed().padStart(6),
    (calls / seconds).toFixed().padStart(7),
    ...pairs.map((pair) => pair.padStart(22)),
  ].join(" ");
}

/** A row for each kind of call, over the whole run. */
export function kindLines(
  rows: readonly KindRow[],
  failures: Readonly<Record<string, number>>,
  seconds: number,
): readonly string[] {
  const titles = ["calls", "failed", "a second", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms"];
  const lines = rows.map(({ kind, calls, p50, p90, p99, p999, max }) => {
    const cells = [
      `${calls}`,
      `${failed(kind, failures)}`,
      (calls / seconds).toFixed(1),
      ...[p50, p90, p99, p999, max].map(ms),
    ];
    return line(kind, cells);
  });
  return [line("what", titles), ...lines];
}

/** How many calls of a kind failed. */
function failed(kind: string, failures: Readonly<Record<string, number>>): number {
  return Object.entries(failures)
    .filter(([name]) => name.startsWith(`${kind} `))
    .reduce((sum, [, count]) => sum + count, 0);
}

function line(what: string, cells: readonly string[]): string {
  return [what.padEnd(10), ...cells.map((cell) => cell.padStart(9))].join(" ");
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed();
}

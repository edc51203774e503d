import { isWithin } from "./row.js";
import type { Row } from "./row.js";

const widths = [62, 8, 10, 10, 8, 9, 5];
const titles = ["what", "payload", "base/s", "holdfast/s", "value", "bound", ""];

export function headLine(): string {
  return line(titles);
}

/** A row of the table. */
export function rowLine(row: Row): string {
  const within = isWithin(row);
  return line([
    row.what + (row.fsyncDelayUs > 0 ? `, fsync +${row.fsyncDelayUs / 1000} ms` : ""),
    `${row.payloadBytes} B`,
    rate(row.base),
    rate(row.holdfast),
    `${row.value.toFixed(2)} ${row.unit}`,
    boundOf(row),
    within === undefined ? "" : within ? "ok" : "miss",
  ]);
}

/** How many of the rows that have a bound are within it. */
export function sumLine(rows: readonly Row[]): string {
  const bounded = rows.map(isWithin).filter((within) => within !== undefined);
  return `${bounded.filter(Boolean).length} of ${bounded.length} rows are within their bounds.`;
}

function boundOf({ bound, unit }: Row): string {
  if (bound === undefined) return "";
  return "atLeast" in bound ? `>= ${bound.atLeast} ${unit}` : `<= ${bound.atMost} ${unit}`;
}

function rate(perSecond: number | undefined): string {
  if (perSecond === undefined) return "";
  return perSecond < 100 ? perSecond.toFixed(1) : perSecond.toFixed();
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!)))
    .join(" ")
    .trimEnd();
}

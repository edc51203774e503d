import { InvalidArgumentError } from "commander";
import type { EpochMs } from "../contract/index.js";

const isoDate = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** Reads an option that is an instant: epoch milliseconds, or an ISO date, which is UTC unless it says otherwise. */
export function instantArgument(text: string): EpochMs {
  const instant = /^(0|\d{5,})$/.test(text) ? Number(text) : parseIsoDate(text);
  if (Number.isSafeInteger(instant)) return instant;
  throw new InvalidArgumentError("It must be a date such as 2026-11-21, 2026-11-21T04:02:11Z, or epoch milliseconds.");
}

function parseIsoDate(text: string): number {
  const [, date, time = "00:00", zone = "Z"] = isoDate.exec(text) ?? [];
  if (date === undefined) return NaN;
  const day = new Date(`${date}T00:00Z`);
  // JavaScript reads 2026-02-31 as a day in March.
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return NaN;
  return Date.parse(`${date}T${time}${zone}`);
}

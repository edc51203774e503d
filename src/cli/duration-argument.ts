import { InvalidArgumentError } from "commander";

const milliseconds: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

/** A hundred thousand years: far more than anybody means, and less than dates end. */
const longest = 36_525_000 * 86_400_000;

/** Reads an option that is a duration, and gives it in milliseconds. */
export function durationArgument(text: string): number {
  const [, count, unit = ""] = /^(\d+)([dhms])$/.exec(text) ?? [];
  const duration = Number(count) * (milliseconds[unit] ?? NaN);
  if (duration > 0 && duration <= longest) return duration;
  throw new InvalidArgumentError("It must be a number of days, hours, minutes or seconds: 30d, 12h, 90m or 3600s.");
}

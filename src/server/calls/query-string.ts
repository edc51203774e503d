import { invalid, propertyPath } from "../../core/arguments.js";

/** What a query string says, as the body of a request would say it: names once, and those of numbers as numbers. */
export function queryOf(url: string, numbers: readonly string[] = []): Readonly<Record<string, unknown>> {
  const given = new Map<string, unknown>();
  for (const [name, value] of new URL(url).searchParams) {
    if (given.has(name)) throw invalid(propertyPath("query", name), "is there twice.");
    given.set(name, numbers.includes(name) && value.trim() !== "" ? Number(value) : value);
  }
  return Object.fromEntries(given);
}

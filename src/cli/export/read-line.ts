import { HoldfastError, limits } from "../../contract/index.js";
import type { ExportRecord } from "../../contract/index.js";
import { describe, identifier } from "../../core/arguments.js";
import type { Line } from "../import/lines.js";
import type { ExportLine } from "./export-file.js";

const recordTypes: readonly unknown[] = [
  "thread",
  "message",
  "snapshot",
  "entry",
  "log",
  "logEntry",
] satisfies readonly ExportRecord["type"][];

/** Whether a file that begins with this line is an export, of this release or another. */
export function beginsExport(text: string): boolean {
  const value = tryParse(text);
  return isObject(value) && "holdfast" in value && value["type"] === "export";
}

/** Reads a line of an export. What is inside of a record is left to the store to check. */
export function readExportLine({ number, text, problem }: Line): ExportLine {
  if (text === undefined) throw invalidLine(number, problem.message);
  // Numbers were written from JavaScript's own, so that reading them as such gives the same.
  const value = tryParse(text);
  if (!isObject(value)) throw invalidLine(number, "it is not a JSON object.");
  if ("holdfast" in value) checkHeader(value, number);
  else if (value["type"] === "tenant") checkTenant(value["tenant"], number);
  else if (value["type"] !== "end" && !recordTypes.includes(value["type"]))
    throw invalidLine(number, `its type is no record of an export: ${describe(value["type"])}.`);
  return value as unknown as ExportLine;
}

export function invalidLine(number: number, problem: string): HoldfastError {
  return new HoldfastError("INVALID_ARGUMENT", `line ${number}: ${problem}`, { details: { line: number } });
}

function checkHeader({ holdfast }: Fields, number: number): void {
  if (holdfast === 1) return;
  throw new HoldfastError(
    "UNSUPPORTED",
    `line ${number}: the export has format ${describe(holdfast)}, and this release reads format 1.`,
  );
}

function checkTenant(tenant: unknown, number: number): void {
  try {
    identifier(tenant, "tenant", limits.tenantIdBytes);
  } catch (error) {
    throw invalidLine(number, (error as Error).message);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

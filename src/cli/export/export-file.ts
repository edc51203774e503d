import type { ExportRecord, TenantId, UserId } from "../../contract/index.js";
import { toJson } from "../to-json.js";

/** The first line of an export. */
export interface ExportHeader {
  readonly holdfast: 1;
  readonly type: "export";
  /** Where the export is of this user only. */
  readonly user?: UserId;
}

/** The line that begins a tenant; its records follow, up to the next such line. */
export interface TenantLine {
  readonly type: "tenant";
  readonly tenant: TenantId;
}

/** The last line of an export: without it the file is not whole. */
export interface EndLine {
  readonly type: "end";
  readonly tenants: number;
  readonly records: number;
  /** Of the lines before, each with its `\n`, in hex. */
  readonly sha256: string;
}

/**
 * What a line of an export may hold. Nothing in it says when or where it was written, so that the same data gives the same
 * file.
 */
export type ExportLine = ExportHeader | TenantLine | ExportRecord | EndLine;

/** The text of a line, without its `\n`. The same value gives the same text. */
export function lineOf(value: ExportLine): string {
  return toJson(value);
}

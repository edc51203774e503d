import { createHash } from "node:crypto";
import { HoldfastError } from "../../contract/index.js";
import type { TenantId } from "../../contract/index.js";
import { displayCount } from "../display-count.js";
import { linesOf } from "../import/lines.js";
import type { Line } from "../import/lines.js";
import type { SourceFile } from "../import/source-file.js";
import type { EndLine, ExportLine } from "./export-file.js";
import { beginsExport, invalidLine, readExportLine } from "./read-line.js";

/** What is in an export, as a walk through the whole file has shown. */
export interface CheckedExport {
  readonly tenants: readonly TenantId[];
  readonly records: number;
  /** The number of the last line that can be read. */
  readonly lastLine: number;
  /** Why the file is not as it was written; absent where it is. */
  readonly damage: string | undefined;
}

/** Whether a file is an export, by its first line. */
export async function isExport(source: SourceFile): Promise<boolean> {
  for await (const { text } of linesOf(source.read(() => undefined))) return text !== undefined && beginsExport(text);
  return false;
}

/** Goes through a whole export. `INVALID_ARGUMENT` where a line before its last is none of an export. */
export async function checkExport(source: SourceFile, onRead: (bytes: number) => void): Promise<CheckedExport> {
  const check = new ExportCheck();
  for await (const line of linesOf(source.read(onRead))) check.add(line);
  return check.result();
}

class ExportCheck {
  readonly #hash = createHash("sha256");
  readonly #tenants = new Set<TenantId>();
  #records = 0;
  #lastLine = 0;
  #end: EndLine | undefined;
  /** What is wrong with the last line that was added: a file that was cut off may end within one. */
  #unreadable: HoldfastError | undefined;

  add(line: Line): void {
    if (this.#unreadable !== undefined) throw this.#unreadable;
    if (this.#end !== undefined)
      throw invalidLine(line.number, "it follows the end of the export. Import one export a file.");
    try {
      this.#take(readExportLine(line), line.number);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== "INVALID_ARGUMENT") throw error;
      this.#unreadable = error;
      return;
    }
    this.#lastLine = line.number;
    if (this.#end === undefined) this.#hash.update(`${line.text}\n`);
  }

  result(): CheckedExport {
    const { size } = this.#tenants;
    return {
      tenants: [...this.#tenants],
      records: this.#records,
      lastLine: this.#lastLine,
      damage: this.#damage(size),
    };
  }

  #take(value: ExportLine, number: number): void {
    if ("holdfast" in value) {
      if (this.#lastLine > 0) throw invalidLine(number, "another export begins here. Import one export a file.");
    } else if (value.type === "tenant") {
      if (this.#tenants.has(value.tenant))
        throw invalidLine(number, `tenant ${JSON.stringify(value.tenant)} begins a second time.`);
      this.#tenants.add(value.tenant);
    } else if (value.type === "end") this.#end = value;
    else if (this.#tenants.size === 0) throw invalidLine(number, "it belongs to no tenant: none was named before.");
    else this.#records++;
  }

  #damage(tenants: number): string | undefined {
    const { tenants: endTenants, records, sha256 } = this.#end ?? {};
    if (this.#end === undefined) {
      const where = this.#unreadable === undefined ? "" : `, within line ${this.#lastLine + 1}`;
      return `the export is truncated: it ends${where} after ${displayCount(this.#records, "record")}, without its last line`;
    }
    if (endTenants !== tenants || records !== this.#records)
      return `the export has lost or gained lines: there are ${displayCount(this.#records, "record")}, and its last line says ${String(records)}`;
    if (sha256 !== this.#hash.digest("hex"))
      return "the export was changed since it was written: its SHA-256 is another than its last line says";
    return undefined;
  }
}

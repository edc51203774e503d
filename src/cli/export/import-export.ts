import { HoldfastError } from "../../contract/index.js";
import type { ExportRecord, Holdfast, Imported, TenantId } from "../../contract/index.js";
import { linesOf } from "../import/lines.js";
import type { SourceFile } from "../import/source-file.js";
import type { CheckedExport } from "./check-export.js";
import type { ExportLine } from "./export-file.js";
import { readExportLine } from "./read-line.js";

export interface ImportedTenant extends Imported {
  readonly tenant: TenantId;
}

/**
 * Stores what an export holds and is not there yet, tenant by tenant. `nameOf` says under which name.
 *
 * What was stored before a failure stays; the same import again skips it.
 */
export async function importExport(
  source: SourceFile,
  db: Holdfast,
  { lastLine }: CheckedExport,
  nameOf: (tenantId: TenantId) => TenantId,
  onRead: (bytes: number) => void,
): Promise<readonly ImportedTenant[]> {
  const results: ImportedTenant[] = [];
  const lines = new ExportLines(source, lastLine, onRead);
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    if ("holdfast" in line || line.type !== "tenant") continue;
    const tenant = nameOf(line.tenant);
    results.push({ tenant, ...(await importTenant(db, tenant, lines)) });
  }
  return results;
}

async function importTenant(db: Holdfast, tenant: TenantId, lines: ExportLines): Promise<Imported> {
  try {
    return await db.tenant(tenant).import(lines.records());
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    // Only a record that is invalid is refused as it is read; any other may be of lines before.
    const message = error.message.replace(/^records\[\d+\]\.?/, `line ${lines.number}: `);
    const init = { details: error.details, retryable: error.retryable, cause: error };
    throw new HoldfastError(error.code, `tenant ${JSON.stringify(tenant)}: ${message}`, init);
  }
}

/** The lines of an export up to its last good one, and of these one tenant's records at a time. */
class ExportLines {
  readonly #lines: AsyncIterator<{ readonly number: number; readonly value: ExportLine }>;
  #number = 0;
  /** The line behind a tenant's records, which was read to find their end. */
  #ahead: ExportLine | undefined;

  constructor(source: SourceFile, lastLine: number, onRead: (bytes: number) => void) {
    this.#lines = readUpTo(lastLine, linesOf(source.read(onRead)));
  }

  /** The number of the line that was read last. */
  get number(): number {
    return this.#number;
  }

  async next(): Promise<ExportLine | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead !== undefined) return ahead;
    const next = await this.#lines.next();
    if (next.done === true) return undefined;
    this.#number = next.value.number;
    return next.value.value;
  }

  async *records(): AsyncGenerator<ExportRecord> {
    for (let line = await this.next(); line !== undefined; line = await this.next()) {
      if ("holdfast" in line || line.type === "tenant" || line.type === "end") {
        this.#ahead = line;
        return;
      }
      yield line;
    }
  }
}

async function* readUpTo(
  lastLine: number,
  lines: ReturnType<typeof linesOf>,
): AsyncGenerator<{ readonly number: number; readonly value: ExportLine }> {
  for await (const line of lines) {
    if (line.number > lastLine) return;
    yield { number: line.number, value: readExportLine(line) };
  }
}

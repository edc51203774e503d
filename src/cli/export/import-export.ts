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
  const lines = exportLines(source, lastLine, onRead);
  let next = await lines.next();

  // Ends before the line that begins the next tenant, which stays in `next`.
  async function* recordsOfTenant(): AsyncGenerator<ExportRecord> {
    for (next = await lines.next(); next.done !== true && isRecord(next.value); next = await lines.next())
      yield next.value;
  }

  while (next.done !== true) {
    if ("holdfast" in next.value || next.value.type !== "tenant") {
      next = await lines.next();
      continue;
    }
    const tenant = nameOf(next.value.tenant);
    results.push({ tenant, ...(await importInto(db, tenant, recordsOfTenant())) });
  }
  return results;
}

async function importInto(db: Holdfast, tenant: TenantId, records: AsyncIterable<ExportRecord>): Promise<Imported> {
  try {
    return await db.tenant(tenant).import(records);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const { code, details, retryable } = error;
    throw new HoldfastError(code, `tenant ${JSON.stringify(tenant)}: ${error.message}`, {
      details,
      retryable,
      cause: error,
    });
  }
}

async function* exportLines(
  source: SourceFile,
  lastLine: number,
  onRead: (bytes: number) => void,
): AsyncGenerator<ExportLine> {
  for await (const line of linesOf(source.read(onRead))) {
    if (line.number > lastLine) return;
    yield readExportLine(line);
  }
}

function isRecord(value: ExportLine): value is ExportRecord {
  return !("holdfast" in value) && value.type !== "tenant" && value.type !== "end";
}

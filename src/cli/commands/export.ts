import { Command } from "commander";
import type { Holdfast } from "../../contract/index.js";
import { displayCount } from "../display-count.js";
import { displayText } from "../display-text.js";
import { withExample } from "../example.js";
import type { EndLine } from "../export/export-file.js";
import { writeExport } from "../export/write-export.js";
import type { ExportScope } from "../export/write-export.js";
import { writeLinesToFile } from "../new-file.js";
import type { WriteLine } from "../new-file.js";
import { print, warn } from "../output.js";
import { startProgress } from "../progress.js";
import type { Progress } from "../progress.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";
import { usageError } from "../usage-error.js";

interface Options extends StoreOption {
  readonly tenant?: string;
  readonly user?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const format = `
The export is JSON lines: a header, then for each tenant a line that names it and a line for each thread, message, state
snapshot, key/value entry, log and log entry, and a last line with their number and a SHA-256. "holdfast import" takes it
back as it was: ids, times, revisions and ordinals. Not in it: what has expired, records of commits, leases and receipts.`;

export function exportCommand(): Command {
  const command = new Command("export")
    .description("Write all that the tenants hold, as JSON lines that import takes back.")
    .option("--tenant <tenant>", "only this tenant (default: all)")
    .option("--user <user>", "only what is this user's, of the tenant")
    .option("--out <file>", "write to a file, which appears once it is whole (default: standard output)")
    .option("--json", "with --out: print one JSON document with the counts")
    .addHelpText("after", format)
    .action(exportStore);
  return withExample(withStoreOption(command), "holdfast export --tenant acme --out acme.jsonl");
}

async function exportStore(options: Options): Promise<void> {
  if (options.user !== undefined && options.tenant === undefined) throw usageError("--user needs --tenant.");
  await using db = await openExistingStore(options);
  const scope: ExportScope = { tenantId: options.tenant, userId: options.user };
  const { out } = options;
  const end = out === undefined ? await writeExport(db, scope, print) : await toFile(db, scope, out);
  if (end.records === 0) warn("holdfast: there was nothing to export.");
  if (out === undefined) return;
  if (options.json) await print(toJson({ file: out, ...end, type: undefined }));
  else await print(`exported ${describeEnd(end)} to ${displayText(out)}`);
}

async function toFile(db: Holdfast, scope: ExportScope, file: string): Promise<EndLine> {
  const progress = await startExportProgress(db, scope);
  try {
    return await writeLinesToFile(file, (write) => {
      const counted: WriteLine = (line) => {
        progress.advance(1);
        return write(line);
      };
      return writeExport(db, scope, counted);
    });
  } finally {
    progress.stop();
  }
}

/** How many lines there will be is known of a whole store only, and counting them takes time in a large one. */
async function startExportProgress(db: Holdfast, { tenantId }: ExportScope): Promise<Progress> {
  if (!process.stderr.isTTY || tenantId !== undefined) return { advance: () => undefined, stop: () => undefined };
  const stats = await db.stats();
  const { threads, messages, stateSnapshots, kvEntries, logs, logEntries, archivedLogEntries } = stats;
  const lines = threads + messages + stateSnapshots + kvEntries + logs + logEntries + archivedLogEntries;
  return startProgress("exporting", lines);
}

function describeEnd({ tenants, records }: EndLine): string {
  return `${displayCount(records, "record")} of ${displayCount(tenants, "tenant")}`;
}

import { Command } from "commander";
import { HoldfastError, limits } from "../../contract/index.js";
import { displayCount } from "../display-count.js";
import { displayText } from "../display-text.js";
import { withExample } from "../example.js";
import { checkExport, isExport } from "../export/check-export.js";
import type { CheckedExport } from "../export/check-export.js";
import { importExport } from "../export/import-export.js";
import type { ImportedTenant } from "../export/import-export.js";
import { checkFile, importFile } from "../import/import-file.js";
import type { ImportOptions, ImportReport } from "../import/import-file.js";
import { openSource } from "../import/source-file.js";
import type { SourceFile } from "../import/source-file.js";
import { print, warn } from "../output.js";
import { startProgress } from "../progress.js";
import type { Progress } from "../progress.js";
import { openStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";
import { usageError } from "../usage-error.js";

interface Options extends StoreOption {
  readonly tenant?: string;
  readonly user?: string;
  readonly skipInvalid?: boolean;
  readonly allowTruncated?: boolean;
  readonly json?: boolean;
}

const format = `
FILE holds JSON lines, gzipped or not; - is standard input. It is either what "holdfast export" wrote, or transcripts, one
conversation a line:
  { "messages": [...], "user_id"?, "id"?, "title"? }   chat messages in the OpenAI format
or a tau-bench trajectory. Its "id" becomes the id of the thread; without one, the id is derived from the line.

An export is stored as it was: ids, times, revisions and ordinals. Of transcripts, messages, tool calls and results are
stored as messages with parts and as log events. The whole file is checked first, and nothing is stored from one that is
truncated or has a bad line. Running it again adds only what is not there yet.`;

export function importCommand(): Command {
  const command = new Command("import")
    .description("Import an export, or chat transcripts.")
    .argument("<file>", "JSON lines, gzipped or not; - for standard input")
    .option("--tenant <tenant>", "who gets the conversations; of an export with one tenant: its new name")
    .option("--user <user>", "transcripts: the user of conversations that name none")
    .option("--skip-invalid", "transcripts: leave out bad lines, and say which")
    .option("--allow-truncated", "exports: store what is there of a file that is not whole or was changed")
    .option("--json", "print one JSON document with the counts")
    .addHelpText("after", format)
    .action(importSource);
  return withExample(withStoreOption(command), "holdfast import chats.jsonl --tenant acme --user u1");
}

async function importSource(file: string, options: Options): Promise<void> {
  await using source = await openSource(file);
  const progress = startProgress("importing", source.size * 2);
  try {
    if (await isExport(source)) await importOwn(source, options, progress);
    else await importTranscripts(source, options, progress);
  } finally {
    progress.stop();
  }
}

async function importOwn(source: SourceFile, options: Options, progress: Progress): Promise<void> {
  if (options.user !== undefined || options.skipInvalid)
    throw usageError(`--user and --skip-invalid are for transcripts, and ${source.name} is an export.`);
  const checked = await checkExport(source, progress.advance);
  if (checked.damage !== undefined) allowDamage(checked.damage, options);
  const nameOf = renaming(checked, options.tenant);
  // As large as the values of any store may be: this one's limit is not in its file.
  await using db = await openStore(options, { maxValueBytes: limits.configurableValueBytes });
  const tenants = await importExport(source, db, checked, nameOf, progress.advance);
  progress.stop();
  if (options.json) await print(toJson({ file: source.name, damage: checked.damage, tenants }));
  else for (const line of describeTenants(tenants)) await print(line);
}

function allowDamage(damage: string, { allowTruncated }: Options): void {
  if (allowTruncated) {
    warn(`holdfast: ${displayText(damage)}; importing what is there.`);
    return;
  }
  throw new HoldfastError(
    "INVALID_ARGUMENT",
    `${damage}. Nothing was imported; --allow-truncated imports what is there.`,
  );
}

function renaming({ tenants }: CheckedExport, name: string | undefined): (tenantId: string) => string {
  if (name === undefined) return (tenantId) => tenantId;
  if (tenants.length > 1) throw usageError(`--tenant renames one tenant, and the export has ${tenants.length}.`);
  return () => name;
}

function describeTenants(tenants: readonly ImportedTenant[]): readonly string[] {
  if (tenants.length === 0) return ["The export is empty: nothing was imported."];
  return tenants.map(({ tenant, stored, skipped }) => {
    return `tenant ${displayText(tenant)}: ${displayCount(stored, "new record")}, ${displayCount(skipped)} already there`;
  });
}

async function importTranscripts(source: SourceFile, options: Options, progress: Progress): Promise<void> {
  const { tenant } = options;
  if (tenant === undefined) throw usageError("--tenant is missing: transcripts do not say whose they are.");
  if (options.allowTruncated)
    throw usageError(`--allow-truncated is for exports, and ${source.name} is none. (See --skip-invalid.)`);
  const report = await storeTranscripts(source, tenant, options, progress);
  progress.stop();
  if (options.json) await print(toJson({ file: source.name, tenant, ...report }));
  else for (const line of describeReport(report, tenant)) await print(line);
}

async function storeTranscripts(
  source: SourceFile,
  tenantId: string,
  options: Options,
  progress: Progress,
): Promise<ImportReport> {
  const importOptions: ImportOptions = {
    tenantId,
    userId: options.user,
    onSkip: (error) => {
      if (!options.skipInvalid) throw error;
      warn(`holdfast: skipped: ${displayText(error.message)}`);
    },
    onRead: progress.advance,
  };
  const refused = await checkFile(source, importOptions);
  if (!options.skipInvalid) refuse([...refused.values()]);
  await using db = await openStore(options);
  return await importFile(source, db.tenant(tenantId), refused, importOptions);
}

function refuse([first, ...others]: readonly HoldfastError[]): void {
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (and ${others.length} more bad ${others.length === 1 ? "line" : "lines"})`;
  const hint = "Nothing was imported; --skip-invalid imports the other lines.";
  throw new HoldfastError(first.code, `${first.message}${more} ${hint}`, { details: first.details, cause: first });
}

function describeReport(report: ImportReport, tenant: string): readonly string[] {
  const skipped = report.skipped === 0 ? "" : `, ${displayCount(report.skipped)} skipped`;
  return [
    `${displayCount(report.conversations)} conversations: ${displayCount(report.added)} new, ${displayCount(report.alreadyThere)} already there${skipped}`,
    `added ${displayCount(report.messages)} messages and ${displayCount(report.events)} log events to tenant ${displayText(tenant)}`,
  ];
}

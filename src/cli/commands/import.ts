import { Command } from "commander";
import { HoldfastError } from "../../contract/index.js";
import { displayText } from "../display-text.js";
import { withExample } from "../example.js";
import { checkFile, importFile } from "../import/import-file.js";
import type { ImportOptions, ImportReport } from "../import/import-file.js";
import { openSource } from "../import/source-file.js";
import type { SourceFile } from "../import/source-file.js";
import { print, warn } from "../output.js";
import { startProgress } from "../progress.js";
import { openStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly tenant: string;
  readonly user?: string;
  readonly skipInvalid?: boolean;
  readonly json?: boolean;
}

const format = `
FILE holds JSON lines, gzipped or not, one conversation a line; - is standard input. A line is
  { "messages": [...], "user_id"?, "id"?, "title"? }   chat messages in the OpenAI format
or a tau-bench trajectory. Its "id" becomes the id of the thread; without one, the id is derived from the line.

Messages, tool calls and results are stored as messages with parts and as log events. The whole file is checked first, and
nothing is stored from a file with a bad line. Running it again adds only what is not there yet.`;

export function importCommand(): Command {
  const command = new Command("import")
    .description("Import chat transcripts.")
    .argument("<file>", "JSON lines, gzipped or not; - for standard input")
    .requiredOption("--tenant <tenant>", "who gets the conversations")
    .option("--user <user>", "the user of conversations that name none")
    .option("--skip-invalid", "leave out bad lines, and say which")
    .option("--json", "print one JSON document with the counts")
    .addHelpText("after", format)
    .action(importTranscripts);
  return withExample(withStoreOption(command), "holdfast import chats.jsonl --tenant acme --user u1");
}

async function importTranscripts(file: string, options: Options): Promise<void> {
  await using source = await openSource(file);
  const report = await run(source, options);
  if (options.json) await print(toJson({ file: source.name, tenant: options.tenant, ...report }));
  else for (const line of describe(report, options.tenant)) await print(line);
}

async function run(source: SourceFile, options: Options): Promise<ImportReport> {
  const progress = startProgress("importing", source.size * 2);
  const importOptions: ImportOptions = {
    tenantId: options.tenant,
    userId: options.user,
    onSkip: (error) => {
      if (!options.skipInvalid) throw error;
      warn(`holdfast: skipped: ${displayText(error.message)}`);
    },
    onRead: progress.advance,
  };
  try {
    const refused = await checkFile(source, importOptions);
    if (!options.skipInvalid) refuse([...refused.values()]);
    await using db = await openStore(options);
    return await importFile(source, db.tenant(options.tenant), refused, importOptions);
  } finally {
    progress.stop();
  }
}

function refuse([first, ...others]: readonly HoldfastError[]): void {
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (and ${others.length} more bad ${others.length === 1 ? "line" : "lines"})`;
  const hint = "Nothing was imported; --skip-invalid imports the other lines.";
  throw new HoldfastError(first.code, `${first.message}${more} ${hint}`, { details: first.details, cause: first });
}

function describe(report: ImportReport, tenant: string): readonly string[] {
  const skipped = report.skipped === 0 ? "" : `, ${count(report.skipped)} skipped`;
  return [
    `${count(report.conversations)} conversations: ${count(report.added)} new, ${count(report.alreadyThere)} already there${skipped}`,
    `added ${count(report.messages)} messages and ${count(report.events)} log events to tenant ${displayText(tenant)}`,
  ];
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

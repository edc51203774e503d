import { Command } from "commander";
import { HoldfastError } from "../../contract/index.js";
import type { SessionLog } from "../../contract/index.js";
import { displayCount } from "../display-count.js";
import { withExample } from "../example.js";
import { integerArgument } from "../integer-argument.js";
import { print } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly tenant: string;
  readonly before?: number;
  readonly json?: boolean;
}

export function archiveCommand(): Command {
  const command = new Command("archive")
    .description("Move the beginning of a session log to the cold tier: compressed, and still read by log and export.")
    .argument("<thread>", "id of the thread")
    .requiredOption("--tenant <tenant>", "whose log it is")
    .option("--before <ordinal>", "up to and including this entry (default: all)", integerArgument)
    .option("--json", "print one JSON document: { thread, archived, watermark }")
    .action(archiveLog);
  return withExample(
    withStoreOption(command),
    "holdfast archive 0190c5a2-7f3e-7c1d-8a44-2b6d1f0e9c35 --tenant acme --before 1000",
  );
}

async function archiveLog(thread: string, options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const { log } = db.tenant(options.tenant);
  const head = await headOf(log, thread, options.tenant);
  const { archived, watermark } = await log.archiveBefore(thread, options.before ?? head);
  if (options.json) await print(toJson({ thread, archived, watermark }));
  else await print(`archived ${displayCount(archived, "entry", "entries")}; ${archivedSoFar(watermark, head)}`);
}

async function headOf(log: SessionLog, thread: string, tenant: string): Promise<number> {
  const { head } = await log.head(thread);
  if (head > 0) return head;
  throw new HoldfastError("NOT_FOUND", `tenant ${JSON.stringify(tenant)} has no log ${JSON.stringify(thread)}.`);
}

function archivedSoFar(watermark: number, head: number): string {
  if (watermark === 0) return "none of the log is archived";
  return watermark >= head ? "all of the log is archived" : `the log is archived up to ${displayCount(watermark)}`;
}

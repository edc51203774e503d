import { Command } from "commander";
import type { SweepReport } from "../../contract/index.js";
import { displayCount } from "../display-count.js";
import { displayRows } from "../display-rows.js";
import { withExample } from "../example.js";
import { integerArgument } from "../integer-argument.js";
import { print } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly tenant?: string;
  readonly dryRun?: boolean;
  readonly budget?: number;
  readonly json?: boolean;
}

export function sweepCommand(): Command {
  const command = new Command("sweep")
    .description("Remove what has expired or is past its retention, archive old log entries, end interrupted erasures.")
    .option("--dry-run", "change nothing, and say what would go")
    .option("--budget <ms>", "stop after so many milliseconds; the next sweep goes on there", integerArgument)
    .option("--tenant <tenant>", "only this tenant (default: all)")
    .option("--json", "print one JSON document: the report")
    .action(sweepStore);
  return withExample(withStoreOption(command), "holdfast sweep --dry-run");
}

async function sweepStore(options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const report = await db.sweep({ dryRun: options.dryRun, budgetMs: options.budget, tenantId: options.tenant });
  if (options.json) await print(toJson(report));
  else for (const line of describeReport(report)) await print(line);
}

function describeReport(report: SweepReport): readonly string[] {
  const { dryRun, done, tenants, removed, archivedLogEntries, erasuresCompleted } = report;
  const archived = displayCount(archivedLogEntries, "log entry", "log entries");
  return [
    `${dryRun ? "would remove" : "removed"} ${displayRows(removed)}`,
    ...(archivedLogEntries === 0 ? [] : [`${dryRun ? "would archive" : "archived"} ${archived}`]),
    ...(erasuresCompleted === 0 ? [] : [`completed ${displayCount(erasuresCompleted, "interrupted erasure")}`]),
    `visited ${displayCount(tenants, "tenant")}${done ? "" : "; the budget ended it there, and the next sweep goes on"}`,
  ];
}

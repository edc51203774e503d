import { Command } from "commander";
import type { ErasureReceipt, Holdfast } from "../../contract/index.js";
import { displayRows } from "../display-rows.js";
import { displayTime } from "../display-time.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { table } from "../table.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly tenant?: string;
  readonly json?: boolean;
}

export function erasuresCommand(): Command {
  const command = new Command("erasures")
    .description(
      "List the receipts of what was erased. They name subjects by a keyed hash only (whole with --json). Times are UTC.",
    )
    .option(
      "--tenant <tenant>",
      "only those of this tenant, which may be erased itself (default: of all that are there)",
    )
    .option("--json", "print JSON lines: one receipt a line, with its tenant")
    .action(listErasures);
  return withExample(withStoreOption(command), "holdfast erasures --tenant acme");
}

async function listErasures(options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const rows: string[][] = [];
  for await (const tenantId of tenantsOf(db, options)) {
    for await (const receipt of db.tenant(tenantId).listErasures()) {
      if (options.json) await print(toJson({ tenant: tenantId, ...receipt }));
      else rows.push(rowOf(tenantId, receipt));
    }
  }
  if (options.json) return;
  if (rows.length === 0) await print("No erasures.");
  else for (const line of table(columns, rows)) await print(line);
}

async function* tenantsOf(db: Holdfast, { tenant }: Options): AsyncGenerator<string> {
  if (tenant === undefined) yield* db.listTenants();
  else yield tenant;
}

const columns = [
  { title: "COMPLETED (UTC)", width: 20 },
  { title: "TENANT", width: 128 },
  { title: "OF A", width: 6 },
  { title: "SUBJECT", width: 17 },
  { title: "REASON", width: 40 },
  { title: "REMOVED", width: Infinity },
];

function rowOf(tenantId: string, { kind, subject, completedAt, reason, removed }: ErasureReceipt): string[] {
  return [displayTime(completedAt), tenantId, kind, subject, reason ?? "", displayRows(removed)];
}

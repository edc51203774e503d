import { Command } from "commander";
import { pendingMigration } from "../../open.js";
import { displayCount } from "../display-count.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { openStore, storeUrl, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";

interface Options extends StoreOption {
  readonly dryRun?: boolean;
}

export function migrateCommand(): Command {
  const command = new Command("migrate")
    .description(
      "Bring the schema of a Postgres up to date, as its owner. Other stores do so whenever they are opened.",
    )
    .option("--dry-run", "print the SQL that is to be run, and run nothing")
    .action(migrateStore);
  return withExample(withStoreOption(command), "holdfast migrate --store postgres://owner@localhost/agents");
}

async function migrateStore(options: Options): Promise<void> {
  const steps = await pendingMigration(storeUrl(options));
  if (options.dryRun === true) {
    for (const step of steps) await print(`${step};`);
    return;
  }
  await using db = await openStore(options, { migrate: true });
  const { schemaVersion } = db.info();
  await print(`took ${displayCount(steps.length, "step")}: the schema has version ${schemaVersion}`);
}

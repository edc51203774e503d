import { Command, Option } from "commander";
import { isPostgres, migratePostgres, pendingMigration } from "../../open.js";
import { displayCount } from "../display-count.js";
import { withExample } from "../example.js";
import { integerArgument } from "../integer-argument.js";
import { print } from "../output.js";
import { openStore, refuseServer, storeUrl, withLocalStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { usageError } from "../usage-error.js";

interface Options extends StoreOption {
  readonly distribute?: "citus";
  readonly partitions?: number;
  readonly dryRun?: boolean;
}

export function migrateCommand(): Command {
  const command = new Command("migrate")
    .description(
      "Bring the schema of a Postgres up to date, as its owner. Other stores do so whenever they are opened.",
    )
    .addOption(
      new Option("--distribute <engine>", "distribute the tables over the workers, by tenant").choices(["citus"]),
    )
    .option("--partitions <count>", "make a new store with so many partitions, by tenant", integerArgument)
    .option("--dry-run", "print the SQL that is to be run, and run nothing")
    .action(migrateStore);
  return withExample(withLocalStoreOption(command), "holdfast migrate --store postgres://owner@localhost/agents");
}

/** Each of some 15 tables has so many, and each call plans with all of them. */
const mostPartitions = 1000;

async function migrateStore(options: Options): Promise<void> {
  refuseServer(options, "migrate");
  const url = storeUrl(options);
  const { distribute, partitions } = options;
  const layout = { ...(distribute !== undefined && { distribute }), ...(partitions !== undefined && { partitions }) };
  if (!isPostgres(url) && Object.keys(layout).length > 0)
    throw usageError("--distribute and --partitions are for a store in Postgres.");
  if (distribute !== undefined && partitions !== undefined)
    throw usageError("--distribute and --partitions exclude each other: Citus has shards of its own.");
  if (partitions !== undefined && (partitions < 1 || partitions > mostPartitions))
    throw usageError(`--partitions must be from 1 to ${mostPartitions}; got ${partitions}.`);
  const steps = await pendingMigration(url, layout);
  if (options.dryRun === true) {
    for (const step of steps) await print(`${step};`);
    return;
  }
  if (isPostgres(url)) await migratePostgres(url, layout);
  await using db = await openStore(options, { migrate: true });
  const { schemaVersion } = db.info();
  await print(`took ${displayCount(steps.length, "step")}: the schema has version ${schemaVersion}`);
}

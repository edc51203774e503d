import { Command } from "commander";
import type { Usage } from "../../contract/index.js";
import { displayCount } from "../display-count.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { table } from "../table.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly tenant: string;
  readonly json?: boolean;
}

export function usageCommand(): Command {
  const command = new Command("usage")
    .description("Say how much a tenant holds: rows, and bytes of the values in them, keys and indexes not counted.")
    .requiredOption("--tenant <tenant>", "whose usage")
    .option("--json", "print one JSON document: { tenant, messages, state, kv, log }")
    .action(printUsage);
  return withExample(withStoreOption(command), "holdfast usage --tenant acme");
}

async function printUsage(options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const usage = await db.tenant(options.tenant).usage();
  if (options.json) await print(toJson({ tenant: options.tenant, ...usage }));
  else for (const line of describeUsage(usage)) await print(line);
}

const labels: Readonly<Record<keyof Usage, string>> = {
  messages: "threads and messages",
  state: "state snapshots",
  kv: "key/value entries",
  log: "log entries",
};

function describeUsage(usage: Usage): readonly string[] {
  return table(
    [
      { title: "", width: 40 },
      { title: "ROWS", width: 20, align: "right" },
      { title: "BYTES", width: 20, align: "right" },
    ],
    Object.entries(labels).map(([store, label]) => {
      const { rows, bytes } = usage[store as keyof Usage];
      return [label, displayCount(rows), displayCount(bytes)];
    }),
  );
}

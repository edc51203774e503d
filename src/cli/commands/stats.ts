import { Command } from "commander";
import type { StoreInfo, StoreStats } from "../../contract/index.js";
import { displayBytes } from "../display-bytes.js";
import { displayCount } from "../display-count.js";
import { displayText } from "../display-text.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { table } from "../table.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly json?: boolean;
}

export function statsCommand(): Command {
  const command = new Command("stats")
    .description("Say how much is in a store, over all tenants.")
    .option("--json", "print one JSON document: { info, stats }")
    .action(printStats);
  return withExample(withStoreOption(command), "holdfast stats --store sqlite:./agents.db");
}

async function printStats(options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const info = db.info();
  const stats = await db.stats();
  if (options.json) await print(toJson({ info, stats }));
  else for (const line of describeStore(info, stats)) await print(line);
}

/** What is in a store, for people. */
export function describeStore(info: StoreInfo, stats: StoreStats): readonly string[] {
  const place = info.location === undefined ? "in memory" : displayText(info.location);
  const size = stats.bytes === undefined ? "" : `, ${displayBytes(stats.bytes)}`;
  const driver = info.driver === undefined ? "" : ` by ${info.driver}`;
  const counts = Object.entries(labels).map(([field, label]) => [
    label,
    displayCount(stats[field as keyof StoreStats] ?? 0),
  ]);
  return [
    `${info.name}${driver}, ${place}${size}, schema ${info.schemaVersion}`,
    ...table(
      [
        { title: "", width: 40 },
        { title: "", width: 20, align: "right" },
      ],
      counts,
    ).slice(1),
  ];
}

const labels: Readonly<Record<Exclude<keyof StoreStats, "bytes">, string>> = {
  tenants: "tenants",
  threads: "threads",
  messages: "messages",
  stateSnapshots: "state snapshots",
  kvEntries: "key/value entries",
  logs: "session logs",
  logEntries: "log entries",
  archivedLogEntries: "archived log entries",
  operations: "recorded operations",
};

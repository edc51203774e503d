import { stat } from "node:fs/promises";
import { Command } from "commander";
import { displayBytes } from "../display-bytes.js";
import { displayText } from "../display-text.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { openExistingStore, refuseServer, withLocalStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly json?: boolean;
}

export function backupCommand(): Command {
  const command = new Command("backup")
    .description("Write a consistent copy of a store to a new file, while others go on writing. See restore.")
    .argument("<file>", "the file to write; there must be none yet")
    .option("--json", "print one JSON document: { file, bytes, startedAt }")
    .action(backUp);
  return withExample(withLocalStoreOption(command), "holdfast backup agents-2026-11-21.db --store sqlite:./agents.db");
}

async function backUp(file: string, options: Options): Promise<void> {
  refuseServer(options, "backup");
  await using db = await openExistingStore(options);
  const startedAt = new Date();
  await db.backup(file);
  const { size: bytes } = await stat(file);
  if (options.json) await print(toJson({ file, bytes, startedAt: startedAt.getTime() }));
  else await print(`backed up to ${displayText(file)}: ${displayBytes(bytes)}, begun at ${startedAt.toISOString()}`);
}

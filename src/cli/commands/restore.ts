import { Command } from "commander";
import { HoldfastError } from "../../contract/index.js";
import { sqliteFileOf } from "../../open.js";
import { displayCount } from "../display-count.js";
import { displayText } from "../display-text.js";
import { withExample } from "../example.js";
import { print, warn } from "../output.js";
import { restoreStore } from "../restore/restore-store.js";
import type { Restored } from "../restore/restore-store.js";
import { refuseServer, storeUrl, withLocalStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly force?: boolean;
  readonly json?: boolean;
}

export function restoreCommand(): Command {
  const command = new Command("restore")
    .description("Make a store of a backup. It is opened and examined first. Works on sqlite: only.")
    .argument("<file>", "what backup wrote; it stays as it is")
    .option("--force", "move a store that is there aside, under another name (default: refuse)")
    .option("--json", "print one JSON document: { file, store, checked, movedTo? }")
    .action(restore);
  return withExample(withLocalStoreOption(command), "holdfast restore agents-2026-11-21.db --store sqlite:./agents.db");
}

async function restore(file: string, options: Options): Promise<void> {
  refuseServer(options, "restore");
  const store = storeUrl(options);
  const path = sqliteFileOf(store);
  if (path === undefined)
    throw new HoldfastError("UNSUPPORTED", `only a store in a file can be restored, sqlite:PATH, and not ${store}.`);
  const restored = await restoreStore(file, path, options.force ?? false);
  if (options.json) await print(toJson({ file, store, ...restored }));
  else for (const line of describeRestored(file, path, restored)) await print(line);
  warn(
    "holdfast: what was erased since the backup was made is back. Erase it again: holdfast erase --replay FILE --since TIME",
  );
}

function describeRestored(file: string, path: string, { checked, movedTo }: Restored): readonly string[] {
  return [
    `restored ${displayText(file)} to ${displayText(path)}: looked at ${displayCount(checked, "thing")}, all is well`,
    ...(movedTo === undefined ? [] : [`the store that was there is ${displayText(movedTo)} now`]),
  ];
}

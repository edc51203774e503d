import { Command } from "commander";
import { displayText } from "../display-text.js";
import { withExample } from "../example.js";
import { integerArgument } from "../integer-argument.js";
import { print } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly tenant: string;
  readonly at: number;
  readonly to: string;
  readonly json?: boolean;
}

export function forkCommand(): Command {
  const command = new Command("fork")
    .description("Begin a new session log with the first entries of another. Messages are not copied.")
    .argument("<thread>", "id of the thread whose log is forked")
    .requiredOption("--tenant <tenant>", "whose log it is")
    .requiredOption("--at <ordinal>", "the last entry that both logs have", integerArgument)
    .requiredOption("--to <thread>", "id of the thread whose log begins so; it has no log yet")
    .option("--json", "print one JSON document: { thread, to, head, branchOrdinal, recordedAt }")
    .action(forkLog);
  return withExample(
    withStoreOption(command),
    "holdfast fork 0190c5a2-7f3e-7c1d-8a44-2b6d1f0e9c35 --tenant acme --at 12 --to second-try",
  );
}

async function forkLog(thread: string, options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const forked = await db.tenant(options.tenant).log.fork(thread, options.at, options.to);
  if (options.json) {
    await print(toJson({ thread, to: options.to, ...forked }));
    return;
  }
  await print(
    `the log of ${displayText(options.to)} begins with entries 1 to ${forked.head} of ${displayText(thread)}, ` +
      `which says so in its entry ${forked.branchOrdinal}`,
  );
}

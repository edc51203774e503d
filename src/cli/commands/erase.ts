import { Command, Option } from "commander";
import { HoldfastError } from "../../contract/index.js";
import type { EpochMs, ErasureReceipt, Holdfast } from "../../contract/index.js";
import { canAsk, confirm } from "../confirm.js";
import { displayRows } from "../display-rows.js";
import { displayTime } from "../display-time.js";
import { countErased } from "../erase/count-erased.js";
import { displayErasure, erase } from "../erase/erasure.js";
import type { Erasure } from "../erase/erasure.js";
import { readErasureKey } from "../erase/erasure-key.js";
import { readErasures } from "../erase/erasures-file.js";
import { matchErasures } from "../erase/match-erasures.js";
import { replay } from "../erase/replay.js";
import { openWithErasures, withErasuresOption } from "../erasures-option.js";
import type { ErasuresOption } from "../erasures-option.js";
import { withExample } from "../example.js";
import { instantArgument } from "../instant-argument.js";
import { print, warn } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";
import { usageError } from "../usage-error.js";

interface Options extends StoreOption, ErasuresOption {
  readonly tenant?: string;
  readonly user?: string;
  readonly thread?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly replay?: string;
  readonly since?: EpochMs;
  readonly keyFile?: string;
  readonly json?: boolean;
}

const notes = `
Erased are messages, state, memory and logs, with the history, the cold tier and the records of commits, and it cannot be
undone. API tokens that are bound to the user or tenant are revoked. Backups still have it: after restoring one, --replay erases again what was erased since.`;

export function eraseCommand(): Command {
  const command = new Command("erase")
    .description("Erase all that is a user's, one thread, or a whole tenant, for good.")
    .option("--tenant <tenant>", "whose data")
    .addOption(new Option("--user <user>", "everything of this user").conflicts(["thread", "all", "replay"]))
    .addOption(new Option("--thread <thread>", "this thread, with its messages and log").conflicts(["all", "replay"]))
    .addOption(new Option("--all", "the whole tenant").conflicts("replay"))
    .option("--reason <text>", "why: kept with the receipt, so put no personal data in it")
    .option("--yes", "do not ask")
    .addOption(new Option("--replay <file>", "erase again what this file says was erased").conflicts("tenant"))
    .option("--since <time>", "replay: only what was erased from then on (ISO date, UTC, or epoch ms)", instantArgument)
    .option(
      "--key-file <file>",
      "replay: the key of the file; else HOLDFAST_ERASURE_KEY, else the file's name with .key",
    )
    .option("--json", "print one JSON document: the receipt; of a replay { erased, unmatched }")
    .addHelpText("after", notes)
    .action((options: Options) =>
      options.replay === undefined ? eraseOne(options) : eraseAgain(options.replay, options),
    );
  return withExample(withErasuresOption(withStoreOption(command)), "holdfast erase --tenant acme --user u1");
}

async function eraseOne(options: Options): Promise<void> {
  const erasure = erasureOf(options);
  refuseWithoutYes(options);
  await using db = await openExistingStore(options, openWithErasures(options));
  await ask(options, async () => [`${displayErasure(erasure)}: ${displayRows(await countErased(db, erasure))}`]);
  const receipt = await erase(db, erasure, options.reason);
  if (options.json) await print(toJson({ tenant: erasure.tenantId, ...receipt }));
  else for (const line of describeReceipt(erasure, receipt)) await print(line);
}

function erasureOf({ tenant: tenantId, user, thread, all, since, keyFile }: Options): Erasure {
  if (since !== undefined || keyFile !== undefined) throw usageError("--since and --key-file need --replay.");
  if (tenantId === undefined) throw usageError("--tenant is missing.");
  if (user !== undefined) return { kind: "user", tenantId, id: user };
  if (thread !== undefined) return { kind: "thread", tenantId, id: thread };
  if (all) return { kind: "tenant", tenantId };
  throw usageError("say what to erase: --user, --thread or --all.");
}

async function eraseAgain(file: string, options: Options): Promise<void> {
  const { since, keyFile, reason, json } = options;
  if (since === undefined)
    throw usageError("--replay needs --since: the time when the backup that was restored was begun.");
  refuseWithoutYes(options);
  const recorded = await readErasures(file, since);
  const key = await readErasureKey(file, keyFile);
  // Opened without --erasures: what is erased again is in the file already.
  await using db: Holdfast = await openExistingStore(options);
  const matched = await matchErasures(db, recorded, key);
  if (matched.erasures.length > 0) await ask(options, async () => matched.erasures.map(displayErasure));
  await replay(db, matched, reason, json);
}

function refuseWithoutYes({ yes }: Options): void {
  if (!yes && !canAsk()) throw usageError("erase asks before it erases, and there is no terminal here: pass --yes.");
}

/** Says what will be erased, and asks, unless `--yes` did. Rejects with `CANCELLED` where the answer is no. */
async function ask({ yes }: Options, describe: () => Promise<readonly string[]>): Promise<void> {
  if (yes) return;
  for (const line of await describe()) warn(line);
  if (!(await confirm("Erase this for good?"))) throw new HoldfastError("CANCELLED", "nothing was erased.");
}

function describeReceipt(erasure: Erasure, receipt: ErasureReceipt): readonly string[] {
  const { id, subject, completedAt, removed } = receipt;
  return [
    `erased ${displayErasure(erasure)}: ${displayRows(removed)}`,
    `receipt ${id} of ${displayTime(completedAt)}, subject ${subject}`,
  ];
}

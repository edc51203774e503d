import { Command } from "commander";
import type { Message, Tenant, Thread } from "../../contract/index.js";
import { displayTime } from "../display-time.js";
import { oneLine } from "../display-value.js";
import { withExample } from "../example.js";
import { integerArgument } from "../integer-argument.js";
import { listAllThreads } from "../list-all-threads.js";
import { print } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { table } from "../table.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly tenant: string;
  readonly user?: string;
  readonly limit?: number;
  readonly includeDeleted?: boolean;
  readonly json?: boolean;
}

export function threadsCommand(): Command {
  const command = new Command("threads")
    .description("List the threads of a tenant, user by user, the last changed first. Times are UTC.")
    .requiredOption("--tenant <tenant>", "whose threads")
    .option("--user <user>", "only the threads of this user")
    .option("--limit <count>", "so many at most (default: all)", integerArgument)
    .option("--include-deleted", "soft-deleted threads too")
    .option("--json", "print JSON lines: one thread a line")
    .action(listThreads);
  return withExample(withStoreOption(command), "holdfast threads --tenant acme --limit 20");
}

async function listThreads(options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const tenant = db.tenant(options.tenant);
  let isFirst = true;
  for await (const threads of inPages(tenant, options)) {
    if (options.json) for (const thread of threads) await print(toJson(thread));
    else for (const line of await rowsOf(tenant, threads, isFirst)) await print(line);
    isFirst = false;
  }
  if (isFirst && !options.json)
    await print(`No threads${options.user === undefined ? "" : " of that user"} in this tenant.`);
}

/** Pages that are not empty, and small enough to be looked up in one read. */
async function* inPages(
  tenant: Tenant,
  { user, includeDeleted = false, limit = Infinity }: Options,
): AsyncGenerator<readonly Thread[]> {
  let page: Thread[] = [];
  let left = limit;
  if (left === 0) return;
  for await (const thread of listAllThreads(tenant, user, includeDeleted)) {
    page.push(thread);
    left--;
    if (left === 0) break;
    if (page.length < 100) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function rowsOf(tenant: Tenant, threads: readonly Thread[], withHead: boolean): Promise<readonly string[]> {
  const seen = { includeDeleted: true };
  const contents = await tenant.read((reader) =>
    threads.map(({ id }) => ({
      count: reader.messages.countMessages(id, seen),
      first: reader.messages.listMessages(id, { ...seen, limit: 3 }),
    })),
  );
  const rows = threads.map((thread, index) => {
    const { count, first } = contents[index]!;
    return [thread.id, thread.userId, String(count), displayTime(thread.updatedAt), titleOf(thread, first.items)];
  });
  const lines = table(
    [
      { title: "THREAD", width: 256 },
      { title: "USER", width: 256 },
      { title: "MESSAGES", width: 8, align: "right" },
      { title: "UPDATED (UTC)", width: 20 },
      { title: "TITLE" },
    ],
    rows,
  );
  return withHead ? lines : lines.slice(1);
}

/** What tells a person which thread it is: its title, else what the user said first. */
function titleOf(thread: Thread, messages: readonly Message[]): string {
  const title = thread.title ?? messages.find(({ role }) => role === "user")?.content ?? "";
  return `${thread.deletedAt === undefined ? "" : "(deleted) "}${oneLine(title)}`;
}

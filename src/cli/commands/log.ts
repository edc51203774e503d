import { Command } from "commander";
import { HoldfastError } from "../../contract/index.js";
import type { LogEntry, OpenEvent, Tenant } from "../../contract/index.js";
import { displayLine } from "../display-text.js";
import { displayTime } from "../display-time.js";
import { oneLine } from "../display-value.js";
import { withExample } from "../example.js";
import { integerArgument } from "../integer-argument.js";
import { columns, print } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly tenant: string;
  readonly after: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

export function logCommand(): Command {
  const command = new Command("log")
    .description("Print the session log of a thread, archived entries too. Times are UTC.")
    .argument("<thread>", "id of the thread")
    .requiredOption("--tenant <tenant>", "whose log it is")
    .option("--after <ordinal>", "only entries after this one", integerArgument, 0)
    .option("--follow", "go on with what is appended, by any process, until Ctrl-C")
    .option("--json", "print JSON lines: one entry a line, with its whole event")
    .action(printLog);
  return withExample(
    withStoreOption(command),
    "holdfast log 0190c5a2-7f3e-7c1d-8a44-2b6d1f0e9c35 --tenant acme --follow",
  );
}

async function printLog(threadId: string, options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const tenant = db.tenant(options.tenant);
  const last = options.follow ? Infinity : await lastOrdinal(tenant, threadId);
  if (last <= options.after) return;

  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  for await (const entry of tenant.log.tail(threadId, { after: options.after, signal: stop.signal })) {
    await print(options.json ? toJson(entry) : line(entry));
    if (entry.ordinal >= last) break;
  }
}

async function lastOrdinal(tenant: Tenant, threadId: string): Promise<number> {
  const { log, thread } = await tenant.read((reader) => ({
    log: reader.log.head(threadId),
    thread: reader.messages.getThread(threadId, { includeDeleted: true }),
  }));
  if (log.head > 0 || thread !== undefined) return log.head;
  throw new HoldfastError(
    "NOT_FOUND",
    `tenant ${JSON.stringify(tenant.id)} has neither a log nor a thread ${JSON.stringify(threadId)}.`,
  );
}

function line({ ordinal, recordedAt, event }: LogEntry): string {
  const beginning = [String(ordinal).padStart(6), displayTime(recordedAt), displayLine(event.kind, 20).padEnd(18)];
  const text = `${beginning.join("  ")}  `;
  return text + displayLine(summary(event), Math.max(20, columns() - text.length));
}

/** What the event says: of the events of a conversation what was said, of tools their name first, of others all fields. */
function summary(event: LogEntry["event"]): string {
  const { kind, ...fields } = event as OpenEvent;
  switch (kind) {
    case "tool_call":
      return `${oneLine(fields["name"])} ${oneLine(fields["input"])}`;
    case "tool_result":
      return `${oneLine(fields["name"])} ${oneLine(fields["content"])}`;
    default:
      return oneLine(Object.keys(fields).length === 1 ? Object.values(fields)[0] : fields);
  }
}

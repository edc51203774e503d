import type { LogEntry, LogHead, LogPage, Page } from "../contract/index.js";
import { identifier, integer, optional } from "./arguments.js";
import { checkPaging, pageOptions, toPage } from "./pages.js";
import { asked } from "./prepared.js";
import type { Scope } from "./backend.js";
import type { Asked, Options } from "./prepared.js";
import { toLogEntry } from "./present.js";

/** The reads of `SessionLog`, from the caller's arguments to queries. Each throws where an argument is wrong. */

export const archivedOptions: readonly string[] = [...pageOptions, "after"];

export function askLogHead(threadId: unknown): Asked<LogHead> {
  const query = { kind: "log.head", threadId: identifier(threadId, "threadId") } as const;
  return asked(query, ({ head, watermark }) => ({ head, watermark }));
}

export function askEntriesSince(around: Scope, threadId: unknown, cursor: unknown, options: Options): Asked<LogPage> {
  return askLogPage(around, "log.loadSince", threadId, integer(cursor, "cursor", 0), options);
}

export function askArchived(around: Scope, threadId: unknown, options: Options): Asked<LogPage> {
  const after = optional(options.after, "options.after", (value, path) => integer(value, path, 0)) ?? 0;
  return askLogPage(around, "log.loadArchived", threadId, after, options);
}

function askLogPage(
  around: Scope,
  kind: "log.loadSince" | "log.loadArchived",
  thread: unknown,
  cursor: number,
  options: Options,
): Asked<LogPage> {
  const threadId = identifier(thread, "threadId");
  const list = { kind, within: around, of: [threadId, cursor], shape: ["number"] } as const;
  const { limit, after } = checkPaging<readonly [number]>(options, list);
  if (limit === 0) return headOnly(threadId);
  const entries = toPage(list, { kind, threadId, cursor, limit, ...(after && { after }) }, toLogEntry);
  const present = entries.present as (answer: LogHead) => Page<LogEntry>;
  return {
    ...entries,
    present: (answer: LogHead) => ({ ...present(answer), head: answer.head, watermark: answer.watermark }),
  };
}

/** A page of no entries still says where the log stands. */
function headOnly(threadId: string): Asked<LogPage> {
  const head = askLogHead(threadId);
  const present = head.present as (answer: LogHead) => LogHead;
  return { ...head, present: (answer: LogHead) => ({ items: [], ...present(answer) }), rows: () => 0 };
}

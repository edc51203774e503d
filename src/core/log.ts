import type { LogEntry, LogPage, SessionLog } from "../contract/index.js";
import { identifier, integer, optional, optionsOf } from "./arguments.js";
import { callOptions, checkCall } from "./interruption.js";
import type { Call } from "./interruption.js";
import { archivedOptions, askArchived, askEntriesSince, askLogHead } from "./log-reads.js";
import { appendOptions, prepareAppend, prepareFork } from "./log-writes.js";
import { pageOptions } from "./pages.js";
import { tail } from "./tail.js";
import type { TenantChannel } from "./tenant-channel.js";

/** Seed 004 for one tenant. */
export function sessionLog(channel: TenantChannel): SessionLog {
  return {
    append: (threadId, events, options) =>
      channel.writeOne("log.append", options, appendOptions, (around, given) =>
        prepareAppend(around, threadId, events, given),
      ),
    loadSince: (threadId, cursor, options) =>
      channel.readList<LogEntry, LogPage>("log.loadSince", options, pageOptions, (given) =>
        askEntriesSince(channel, threadId, cursor, given),
      ),
    head: (threadId, options) => channel.readOne("log.head", options, [], () => askLogHead(threadId)),
    fork: (threadId, at, newThreadId, options) =>
      channel.writeOne("log.fork", options, [], () => prepareFork(threadId, at, newThreadId)),
    archiveBefore: (threadId, watermark, options) =>
      channel.runOther("log.archiveBefore", options, [], async (call) => {
        const log = { ...channel.scope, threadId: identifier(threadId, "threadId") };
        const value = await channel.store.upkeep.archive(log, integer(watermark, "watermark", 0), call);
        return { value, rows: value.archived };
      }),
    loadArchived: (threadId, options) =>
      channel.readList<LogEntry, LogPage>("log.loadArchived", options, archivedOptions, (given) =>
        askArchived(channel, threadId, given),
      ),
    tail: (threadId, options) =>
      tail(channel, () => {
        const given = optionsOf(options, [...callOptions, "after"]);
        const call: Call = checkCall(given);
        const after = optional(given.after, "options.after", (value, path) => integer(value, path, 0)) ?? 0;
        return { threadId: identifier(threadId, "threadId"), after, call };
      }),
  };
}

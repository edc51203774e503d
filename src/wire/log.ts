import type { z } from "zod";
import { limits } from "../contract/index.js";
import type {
  AppendOptions,
  Appended,
  Archived,
  Forked,
  LoadArchivedOptions,
  LogEntry,
  LogHead,
  SessionLog,
} from "../contract/index.js";
import { epochMs, identifier, integer } from "./fields.js";
import { pageOptions } from "./options.js";
import { page, plain } from "./results.js";
import type { Result } from "./results.js";
import { routesOf } from "./route.js";
import type { Route } from "./route.js";
import { made, named, userJson } from "./schema.js";
import type { Fields } from "./schema.js";

const threadId = identifier("The thread whose log it is. A log needs no thread.");

const anEvent = { type: "object", properties: { kind: { type: "string" } }, required: ["kind"] };
export const event: z.ZodType = userJson("An event: any JSON object with a kind, as it was appended.", anEvent);

const headFields: Fields<LogHead> = {
  head: integer("The ordinal of the last event appended.", 0),
  watermark: integer("The ordinal up to which events are archived.", 0),
};

const entry: Result = plain(
  named(
    "LogEntry",
    "One event of a log.",
    made<LogEntry>({
      ordinal: integer("Its place: 1 for the first event of the thread, then rising by 1.", 1),
      recordedAt: epochMs("When it was appended."),
      event,
    }),
  ),
);

const appended = made<Appended>({
  head: headFields.head,
  firstOrdinal: integer("The ordinal of the first event of this call; absent where it had none.", 1).optional(),
  recordedAt: epochMs("When they were appended.").optional(),
});

const archived = made<Archived>({
  archived: integer("Entries that this call moved to the cold tier.", 0),
  watermark: headFields.watermark,
});

const forked = made<Forked>({
  head: integer("The head of the new log: the ordinal it was forked at.", 1),
  branchOrdinal: integer("The ordinal of the branch_created event in the log that was forked.", 1),
  recordedAt: epochMs("When it was forked."),
});

const appendOptions: Fields<AppendOptions> = {
  expectedHead: integer("The head last read. CONFLICT where someone appended since.", 0).optional(),
  userId: identifier(
    "Whose data the log is, for a log without a thread. Without it the log keeps its owner.",
  ).optional(),
};

const archivedOptions: Fields<LoadArchivedOptions> = {
  ...pageOptions,
  after: integer("The last ordinal already seen; 0 by default.", 0).optional(),
};

/** What never ends has a way of its own: Server-Sent Events. */
type LogRoute = Exclude<keyof SessionLog, "tail">;

/** The routes of `SessionLog`. */
export const logRoutes: Readonly<Record<LogRoute, Route>> = routesOf<LogRoute>("log.", "stores", {
  append: {
    kind: "recorded",
    says: "Appends events to the end of a thread's log, all or none, and gives its new head.",
    parameters: {
      threadId,
      events: userJson("The events, in order: JSON objects, each with a kind.", {
        type: "array",
        items: anEvent,
        maxItems: limits.batchEvents,
      }),
    },
    options: appendOptions,
    result: plain(named("Appended", "Where the log stands now.", appended)),
    example: {
      threadId: "refund-1",
      events: [
        { kind: "tool_call", id: "call-1", name: "lookup", input: { order: 7 } },
        { kind: "tool_result", tool_use_id: "call-1", name: "lookup", content: "sent on Monday" },
      ],
      options: { expectedHead: 0 },
    },
  },
  loadSince: {
    kind: "asked",
    says: "The entries with an ordinal greater than cursor, ascending, with head and watermark as of the same moment. Archived entries are never among them.",
    parameters: { threadId, cursor: integer("The last ordinal already seen; 0 loads from the beginning.", 0) },
    options: pageOptions,
    result: page(entry, headFields),
    example: { threadId: "refund-1", cursor: 0 },
  },
  head: {
    kind: "asked",
    says: "Head and watermark of a log.",
    parameters: { threadId },
    result: plain(named("LogHead", "Where a log stands; 0 for one that was never written.", made<LogHead>(headFields))),
    example: { threadId: "refund-1" },
  },
  archiveBefore: {
    kind: "step",
    says: "Moves the entries up to and including watermark to the cold tier. Clamps to the head; does nothing at or below the current watermark.",
    parameters: { threadId, watermark: integer("The last ordinal to move.", 0) },
    result: plain(named("Archived", "What archiveBefore moved.", archived)),
    example: { threadId: "refund-1", watermark: 1 },
  },
  fork: {
    kind: "write",
    says: "Begins the log of newThreadId with the entries 1 to at of another, and appends a branch_created event to that one. NOT_FOUND where there is no entry at, ALREADY_EXISTS where the new log has entries.",
    parameters: {
      threadId,
      at: integer("The last ordinal that both share.", 1),
      newThreadId: identifier("The thread whose log begins with them."),
    },
    result: plain(named("Forked", "What fork made.", forked)),
    example: { threadId: "refund-1", at: 2, newThreadId: "refund-1-retry" },
  },
  loadArchived: {
    kind: "asked",
    says: "The archived entries, ascending.",
    parameters: { threadId },
    options: archivedOptions,
    result: page(entry, headFields),
    example: { threadId: "refund-1", options: { after: 0 } },
  },
});

import { limits } from "../contract/index.js";
import type { Appended, Forked } from "../contract/index.js";
import { identifier, integer, invalid, optional, tooLarge } from "./arguments.js";
import { encodeObject, sizeOf } from "./codec.js";
import { withoutAbsent } from "./messages-writes.js";
import type { AppendEvents, AppendResult, ForkLog, ForkResult, JsonText } from "./operations.js";
import { checkOwnUser } from "./own-user.js";
import type { Options, Prepared, Surroundings, ValueLimits } from "./prepared.js";

/** The writes of `SessionLog`, from the caller's arguments to operations. Each throws where an argument is wrong. */

export const appendOptions = ["expectedHead", "userId"] as const;

export function prepareAppend(
  around: Surroundings,
  threadId: unknown,
  events: unknown,
  options: Options,
): Prepared<Appended> {
  const operation: AppendEvents = withoutAbsent({
    kind: "log.append" as const,
    threadId: identifier(threadId, "threadId"),
    events: encodeEvents(around, events),
    expectedHead: optional(options.expectedHead, "options.expectedHead", (value, path) => integer(value, path, 0)),
    userId: checkOwnUser(around, optional(options.userId, "options.userId", identifier), "options.userId"),
  });
  return {
    operation,
    compared: operation,
    bytes: operation.events.reduce((sum, event) => sum + sizeOf(event), 0),
    present: (result: AppendResult) => ({ ...result }),
  };
}

export function prepareFork(threadId: unknown, at: unknown, newThreadId: unknown): Prepared<Forked> {
  const from = identifier(threadId, "threadId");
  const to = identifier(newThreadId, "newThreadId");
  if (from === to) throw invalid("newThreadId", "must be another thread than the one that is forked.");
  const ordinal = integer(at, "at", 1);
  const event = JSON.stringify({ kind: "branch_created", branch_id: to, parent_event: ordinal });
  const operation: ForkLog = { kind: "log.fork", threadId: from, at: ordinal, newThreadId: to, event };
  return { operation, compared: operation, bytes: sizeOf(event), present: (result: ForkResult) => ({ ...result }) };
}

function encodeEvents(around: Surroundings, events: unknown): readonly JsonText[] {
  if (!Array.isArray(events)) throw invalid("events", "must be an array of events.");
  if (events.length > limits.batchEvents) throw tooLarge("events", "events", limits.batchEvents, events.length);
  return Array.from(events as unknown[], (event, index) => encodeEvent(around, event, `events[${index}]`));
}

export function encodeEvent(around: ValueLimits, event: unknown, path: string): JsonText {
  const text = encodeObject(event, path, around.maxValueBytes);
  if (typeof (event as { kind?: unknown }).kind !== "string")
    throw invalid(`${path}.kind`, 'must be a string, such as "tool_call".');
  return text;
}

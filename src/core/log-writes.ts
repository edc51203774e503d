import { limits } from "../contract/index.js";
import type { Appended } from "../contract/index.js";
import { identifier, integer, invalid, optional, tooLarge } from "./arguments.js";
import { encodeObject, sizeOf } from "./codec.js";
import { withoutAbsent } from "./messages-writes.js";
import type { AppendEvents, AppendResult, JsonText } from "./operations.js";
import type { Options, Prepared, Surroundings } from "./prepared.js";

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
    userId: optional(options.userId, "options.userId", identifier),
  });
  return {
    operation,
    compared: operation,
    bytes: operation.events.reduce((sum, event) => sum + sizeOf(event), 0),
    present: (result: AppendResult) => ({ ...result }),
  };
}

function encodeEvents(around: Surroundings, events: unknown): readonly JsonText[] {
  if (!Array.isArray(events)) throw invalid("events", "must be an array of events.");
  if (events.length > limits.batchEvents) throw tooLarge("events", "events", limits.batchEvents, events.length);
  return Array.from(events as unknown[], (event, index) => {
    const path = `events[${index}]`;
    const text = encodeObject(event, path, around.maxValueBytes);
    if (typeof (event as { kind?: unknown }).kind !== "string")
      throw invalid(`${path}.kind`, 'must be a string, such as "tool_call".');
    return text;
  });
}

import type { CallOptions, LogEntry, SessionEvent, SessionLog, ThreadId } from "../contract/index.js";
import { integer, invalid } from "./arguments.js";

/** A message of a conversation, as the log tells it. */
export interface GraphMessage {
  readonly role: "user" | "assistant" | "tool";
  /** The event's `content`, as it was appended. */
  readonly content: unknown;
  readonly ordinal: number;
  /** On `tool` messages: which call it answers. */
  readonly toolUseId?: string;
  readonly name?: string;
  readonly isError?: boolean;
}

export interface HydrateOptions extends CallOptions {
  /** Reads the archived entries too; true by default. Without them the graph begins after the watermark. */
  readonly includeArchived?: boolean | undefined;
}

/**
 * The in-memory fold over a session log: hydrate it from a log, keep it up to date with `apply`, and derive from it.
 *
 * Entries keep the ordinals of their log, so a graph of a log that was archived in part counts as the log does.
 */
export class SessionGraph<App = unknown> {
  readonly threadId: ThreadId;
  readonly #entries: LogEntry<App>[] = [];

  constructor(threadId: ThreadId) {
    this.threadId = threadId;
  }

  /** Reads a whole log: archived entries first, then the rest, each once and in order. */
  static async hydrate<App>(
    log: SessionLog<App>,
    threadId: ThreadId,
    options: HydrateOptions = {},
  ): Promise<SessionGraph<App>> {
    const { includeArchived = true, ...call } = options;
    const graph = new SessionGraph<App>(threadId);
    let after = includeArchived ? 0 : (await log.head(threadId, call)).watermark;
    for (;;) {
      const page = await log.loadSince(threadId, after, call);
      if (page.watermark <= after) {
        for (const entry of page.items) graph.apply(entry);
        after = Math.max(after, graph.head);
        if (page.nextCursor === undefined) return graph;
      } else {
        // Entries between `after` and the watermark are in the cold tier, perhaps since a moment ago.
        if (includeArchived || graph.entries.length > 0) {
          for await (const entry of log.loadArchived(threadId, { ...call, after })) graph.apply(entry);
        }
        after = Math.max(page.watermark, graph.head);
      }
    }
  }

  /** All entries, ascending. */
  get entries(): readonly LogEntry<App>[] {
    return this.#entries;
  }

  /** The ordinal of the last entry; 0 where there is none. */
  get head(): number {
    return this.#entries.at(-1)?.ordinal ?? 0;
  }

  /**
   * Adds the next entry, as `tail` or `loadSince` gives it. An entry that is already there is ignored; one that leaves a
   * gap is refused with `INVALID_ARGUMENT`.
   */
  apply(entry: LogEntry<App>): void {
    if (this.#entries.length > 0 && entry.ordinal <= this.head) return;
    if (this.#entries.length > 0 && entry.ordinal !== this.head + 1) {
      throw invalid("entry.ordinal", `must be ${this.head + 1}, the one after the last; got ${entry.ordinal}.`);
    }
    this.#entries.push(entry);
  }

  /** The entries with an ordinal greater than `cursor`, ascending, as `loadSince` of the log. */
  entriesSince(cursor: number): readonly LogEntry<App>[] {
    const first = this.#entries[0]?.ordinal ?? 1;
    return this.#entries.slice(Math.max(integer(cursor, "cursor", 0) - first + 1, 0));
  }

  /** Folds all events, oldest first. The reducer must not change what it is given. */
  replay<S>(initial: S, reducer: (state: S, event: LogEntry<App>["event"], ordinal: number) => S): S {
    return this.#entries.reduce((state, { event, ordinal }) => reducer(state, event, ordinal), initial);
  }

  /**
   * The conversation on the current branch: `user_message`, `assistant_message` and `tool_result` events, in order, as
   * messages. Everything else is skipped; what was shared with the parent of a fork was copied into this log.
   */
  currentBranchMessages(): readonly GraphMessage[] {
    return this.#entries.flatMap(({ ordinal, event }) => toGraphMessage(event as SessionEvent, ordinal) ?? []);
  }

  /** The branches that were made from this log: their thread ids, each with the ordinal of the last shared entry. */
  branches(): readonly { readonly branchId: string; readonly parentOrdinal: number }[] {
    return this.#entries.flatMap(({ event }) => {
      const known = event as SessionEvent;
      return known.kind === "branch_created" ? [{ branchId: known.branch_id, parentOrdinal: known.parent_event }] : [];
    });
  }
}

function toGraphMessage(event: SessionEvent, ordinal: number): GraphMessage | undefined {
  switch (event.kind) {
    case "user_message":
      return { role: "user", content: event.content, ordinal };
    case "assistant_message":
      return { role: "assistant", content: event.content, ordinal };
    case "tool_result": {
      const { content, name, tool_use_id: toolUseId, is_error: isError } = event;
      return { role: "tool", content, ordinal, toolUseId, name, ...(isError !== undefined && { isError }) };
    }
    default:
      return undefined;
  }
}

import { HoldfastError, SessionGraph, open } from "holdfast";
import type { Holdfast, LogEntry, OpenEvent, SessionLog } from "holdfast";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let db: Holdfast;
let log: SessionLog;
beforeEach(async () => {
  db = await open("memory:");
  log = db.tenant("acme").log;
});
afterEach(() => db.close());

const entry = (ordinal: number): LogEntry => ({ ordinal, recordedAt: 0, event: { kind: "note", ordinal } });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ kind: "note", number: index + 1 }));
const ordinals = (graph: SessionGraph): number[] => graph.entries.map(({ ordinal }) => ordinal);
const upTo = (count: number, from = 1): number[] =>
  Array.from({ length: count - from + 1 }, (_, index) => from + index);

describe("hydrate", () => {
  it("reads a whole log over all pages, archived entries first", async () => {
    await log.append("t1", numbered(1250));
    await log.archiveBefore("t1", 1100);
    const graph = await SessionGraph.hydrate(log, "t1");
    expect(ordinals(graph)).toEqual(upTo(1250));
    expect(graph.head).toBe(1250);
  });

  it("begins after the watermark where archived entries are not wanted", async () => {
    await log.append("t1", numbered(10));
    await log.archiveBefore("t1", 4);
    const graph = await SessionGraph.hydrate(log, "t1", { includeArchived: false });
    expect(ordinals(graph)).toEqual(upTo(10, 5));
    expect(graph.entriesSince(7).map(({ ordinal }) => ordinal)).toEqual([8, 9, 10]);
  });

  it("misses nothing where archiving overtakes it between two pages", async () => {
    await log.append("t1", numbered(300));
    const overtaken: SessionLog = {
      ...log,
      loadSince: (threadId, cursor, options) => {
        const page = log.loadSince(threadId, cursor, options);
        return Object.assign(
          page.then(async (read) => {
            await log.archiveBefore("t1", cursor + 150);
            return read;
          }),
          { [Symbol.asyncIterator]: () => page[Symbol.asyncIterator]() },
        );
      },
    };
    expect(ordinals(await SessionGraph.hydrate(overtaken, "t1"))).toEqual(upTo(300));
  });

  it("gives an empty graph for a log that was never written, and for one that was archived as a whole and is not wanted", async () => {
    expect((await SessionGraph.hydrate(log, "nothing")).head).toBe(0);
    await log.append("t1", numbered(3));
    await log.archiveBefore("t1", 3);
    expect(ordinals(await SessionGraph.hydrate(log, "t1", { includeArchived: false }))).toEqual([]);
  });
});

describe("the fold", () => {
  it("applies what a tail gives, ignores what is there, and refuses a gap", () => {
    const graph = new SessionGraph("t1");
    for (const ordinal of [1, 2, 2, 1, 3]) graph.apply(entry(ordinal));
    expect(ordinals(graph)).toEqual([1, 2, 3]);
    expect(() => graph.apply(entry(5))).toThrow(HoldfastError);
    expect(ordinals(graph)).toEqual([1, 2, 3]);
  });

  it("replays all events, oldest first, with their ordinals", async () => {
    await log.append("t1", numbered(4));
    const graph = await SessionGraph.hydrate(log, "t1");
    const sum = graph.replay(
      0,
      (total, event, ordinal) => total + ordinal * ((event as OpenEvent)["number"] as number),
    );
    expect(sum).toBe(1 + 4 + 9 + 16);
  });

  it("gives the messages of the current branch, and the branches that were made", async () => {
    await log.append("t1", [
      { kind: "user_message", content: "Where is it?" },
      { kind: "tool_call", id: "c1", name: "lookup", input: {} },
      { kind: "tool_result", tool_use_id: "c1", name: "lookup", content: "sent", is_error: false },
      { kind: "assistant_message", content: [{ type: "text", text: "Sent." }] },
      { kind: "branch_created", branch_id: "t2", parent_event: 3 },
      { kind: "from_a_newer_writer", content: "?" },
    ]);
    const graph = await SessionGraph.hydrate(log, "t1");
    expect(graph.currentBranchMessages()).toEqual([
      { role: "user", content: "Where is it?", ordinal: 1 },
      { role: "tool", content: "sent", ordinal: 3, toolUseId: "c1", name: "lookup", isError: false },
      { role: "assistant", content: [{ type: "text", text: "Sent." }], ordinal: 4 },
    ]);
    expect(graph.branches()).toEqual([{ branchId: "t2", parentOrdinal: 3 }]);
  });
});

import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { SessionGraph } from "holdfast";
import type { Message, Tenant } from "holdfast";
import { afterAll, beforeAll, describe, test } from "vitest";
import { collect } from "../support/collect.js";
import { engines } from "../support/engines.js";
import type { TemporaryStore } from "../support/engines.js";
import { describeWithData } from "../support/shared-data.js";
import { toConversation, toSource } from "./tau-bench-conversation.js";
import type { Conversation, SourceMessage, Trajectory, Turn } from "./tau-bench-conversation.js";

describeWithData<Trajectory>(
  "Tool-calling conversations of tau-bench",
  "tau-bench/gpt-4o-airline.tasks00-24.jsonl.gz",
  (read) => {
    const trajectories = read();
    const conversations = trajectories.map(toConversation);
    const users = new Set(conversations.map(({ userId }) => userId));
    const callIds = trajectories.map(({ traj }) =>
      traj.flatMap((message) => (message.role === "tool" ? [message.tool_call_id] : [])),
    );

    test("are the 100 trajectories with 2,962 messages, 621 tool calls and 21 users that the README of the data counts", () => {
      const messages = trajectories.flatMap(({ traj }) => traj);
      deepStrictEqual([trajectories.length, messages.length, callIds.flat().length, users.size], [100, 2962, 621, 21]);
    });

    test("repeat the ids of tool calls inside threads and across them", () => {
      ok(callIds.some((ids) => new Set(ids).size < ids.length));
      ok(new Set(callIds.flat()).size < callIds.reduce((sum, ids) => sum + new Set(ids).size, 0));
    });

    describe.for(engines)("on $name", (engine) => {
      let store: TemporaryStore;
      let tenant: Tenant;
      let results: unknown;

      beforeAll(async () => {
        store = await engine.openTemporary();
        tenant = store.db.tenant("airline");
        results = await writeAll(tenant, conversations);
      });
      afterAll(() => store[Symbol.asyncDispose]());

      test("every thread lists the messages of its source", async () => {
        for (const [index, { threadId }] of conversations.entries()) {
          const listed = await collect(tenant.messages.listMessages(threadId));
          deepStrictEqual(listed.map(toSource), trajectories[index]!.traj);
        }
      });

      test("every message is what was written, with its parts, execution and time", async () => {
        for (const { threadId, turns } of conversations) {
          const listed = await collect(tenant.messages.listMessages(threadId));
          const written = turns.flatMap(({ messages }) => messages);
          deepStrictEqual(
            listed.map(withoutGenerated),
            written.map((message) => ({ parts: [], metadata: {}, ...message })),
          );
        }
      });

      test("every execution is one call of a tool with its result", async () => {
        const bySource = new Map<string, SourceMessage[]>();
        for (const [index, { turns }] of conversations.entries()) {
          for (const [position, { executionId }] of turns.flatMap(({ messages }) => messages).entries()) {
            if (executionId === undefined) continue;
            bySource.set(executionId, [...(bySource.get(executionId) ?? []), trajectories[index]!.traj[position]!]);
          }
        }
        equal(bySource.size, 621);
        for (const [executionId, [call, result]] of bySource) {
          const { items } = await tenant.messages.getMessagesByExecution(executionId);
          deepStrictEqual(items.map(toSource), [call, result]);
        }
      });

      test("every user lists their threads, the newest first", async () => {
        for (const userId of users) {
          const listed = await collect(tenant.messages.listThreads(userId));
          const own = conversations.filter((conversation) => conversation.userId === userId);
          deepStrictEqual(
            listed.map(({ id }) => id),
            own.map(({ threadId }) => threadId).toReversed(),
          );
        }
        deepStrictEqual(await collect(tenant.listUsers()), [...users].toSorted());
      });

      test("every log holds the events of its source, in order", async () => {
        for (const { threadId, turns } of conversations) {
          const written = turns.flatMap(({ events }) => events);
          const entries = await collect(tenant.log.loadSince(threadId, 0));
          equal(JSON.stringify(entries.map(({ event }) => event)), JSON.stringify(written));
          deepStrictEqual(
            entries.map(({ ordinal }) => ordinal),
            written.map((_, index) => index + 1),
          );
          deepStrictEqual(await tenant.log.head(threadId), { head: written.length, watermark: 0 });
        }
      });

      test("the conversation of every hydrated graph is that of its source", async () => {
        for (const [index, { threadId }] of conversations.entries()) {
          const graph = await SessionGraph.hydrate(tenant.log, threadId);
          const messages = graph.currentBranchMessages().map(({ ordinal: _, ...message }) => message);
          deepStrictEqual(messages, trajectories[index]!.traj.flatMap(toGraphMessage));
        }
      });

      test("writing everything again gives the same results and changes nothing", async () => {
        const before = await everything(store, tenant, conversations);
        deepStrictEqual(await writeAll(tenant, conversations), results);
        deepStrictEqual(await everything(store, tenant, conversations), before);
      });
    });
  },
);

/** Writes conversations side by side, each turn by turn, as agents would. */
function writeAll(tenant: Tenant, conversations: readonly Conversation[]): Promise<unknown> {
  return Promise.all(
    conversations.map(async (conversation) => {
      const results = [];
      let expectedHead = 0;
      for (const turn of conversation.turns) {
        results.push(await writeTurn(tenant, conversation, turn, expectedHead));
        expectedHead += turn.events.length;
      }
      return results;
    }),
  );
}

function writeTurn(tenant: Tenant, conversation: Conversation, turn: Turn, expectedHead: number): Promise<unknown> {
  const { threadId, userId, createdAt } = conversation;
  const { operationId, messages, events } = turn;
  return tenant.write(
    (w) => ({
      thread: expectedHead === 0 ? w.messages.createThread({ id: threadId, userId, createdAt }) : undefined,
      messages: messages.map((message) => w.messages.createMessage(message)),
      log: w.log.append(threadId, events, { expectedHead }),
    }),
    { operationId },
  );
}

function withoutGenerated({ id: _, revision: __, ...message }: Message): Omit<Message, "id" | "revision"> {
  return message;
}

function toGraphMessage(source: SourceMessage): object[] {
  const { role, content } = source;
  if (role === "system" || content === null) return [];
  if (role !== "tool") return [{ role, content }];
  const { tool_call_id: toolUseId, name } = source;
  return [{ role, content, toolUseId, name, isError: content.startsWith("Error") }];
}

/** All that can be seen of the conversations, ids and revisions included, and the numbers of rows. */
async function everything(
  store: TemporaryStore,
  tenant: Tenant,
  conversations: readonly Conversation[],
): Promise<unknown> {
  const { bytes: _, ...rows } = await store.db.stats();
  const seen = await Promise.all(
    conversations.map(async ({ threadId }) => ({
      thread: await tenant.messages.getThread(threadId),
      messages: await collect(tenant.messages.listMessages(threadId)),
      log: await collect(tenant.log.loadSince(threadId, 0)),
      head: await tenant.log.head(threadId),
    })),
  );
  return { rows, seen };
}

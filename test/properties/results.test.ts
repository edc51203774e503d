import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Appended, KvMetadata, Message, StateSnapshot, Tenant, Thread } from "holdfast";
import { describe, test } from "vitest";
import { write as anyCall } from "./calls.js";
import type { Call } from "./calls.js";
import { population } from "./population.js";
import { Runner } from "./runner.js";
import { engines } from "../support/engines.js";
import { openOne, runs } from "./store-pair.js";

const { tenant: tenantId } = population;

describe.for(engines)("on $name", (engine) => {
  test("What a write says is what is then read, and what a repeat of it says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCall, { minLength: 1, maxLength: 20, size: "max" }), async (calls) => {
        await using store = await openOne(engine);
        const tenant = store.db.tenant(tenantId);
        const runner = new Runner(store.db);
        await runner.run(population);
        for (const [index, call] of calls.entries()) {
          const options = { operationId: `op ${index}` };
          const result = await runner.run({ do: "write", tenant: tenantId, calls: [call], alone: true, options });
          if (isFailure(result)) continue;
          deepStrictEqual(await readBack(tenant, call, result), result, `after ${JSON.stringify(call)}`);
          deepStrictEqual(await runner.run({ do: "repeat" }), result, `the repeat of ${JSON.stringify(call)}`);
        }
      }),
      { numRuns: runs(20) },
    );
  });
});

/** What is read of what a call has just written, in the words of its result. */
async function readBack({ messages, state, kv, log }: Tenant, call: Call, result: unknown): Promise<unknown> {
  switch (`${call.store}.${call.method}`) {
    case "messages.createThread":
      return messages.getThread((result as Thread).id);
    case "messages.createMessage":
      return messages.getMessage((result as Message).id, { includeDeleted: true });
    case "messages.updateThread":
    case "messages.restoreThread":
      return changed(await messages.getThread(call.args[0] as string));
    case "messages.updateMessage":
    case "messages.restoreMessage":
      return changed(await messages.getMessage(call.args[0] as string));
    case "messages.deleteThread":
      return (await messages.getThread(call.args[0] as string)) === undefined && result;
    case "messages.deleteMessage":
      return (await messages.getMessage(call.args[0] as string)) === undefined && result;
    case "state.upsertLatest":
      return state.getLatest((result as StateSnapshot).userId);
    case "state.delete":
      return (await state.getLatest(call.args[0] as string)) === undefined && result;
    case "kv.put": {
      const { namespace, key } = result as KvMetadata;
      const { value: _, ...metadata } = (await kv.getEntry(namespace, key)) ?? { value: undefined };
      return metadata;
    }
    case "kv.delete":
      return (await kv.getEntry(call.args[0] as string[], call.args[1] as string)) === undefined && result;
    case "log.append": {
      const { head } = await log.head(call.args[0] as string);
      const { items } = await log.loadSince(call.args[0] as string, (result as Appended).head - countEvents(call));
      const first = items[0] && { firstOrdinal: items[0].ordinal, recordedAt: items[0].recordedAt };
      return { head, ...first };
    }
    default:
      return undefined;
  }
}

function changed(record: Thread | Message | undefined): unknown {
  if (record === undefined) return undefined;
  const { id, revision, updatedAt } = record;
  return { id, revision, ...(updatedAt !== undefined && { updatedAt }) };
}

function countEvents(call: Call): number {
  return (call.args[1] as readonly unknown[]).length;
}

function isFailure(result: unknown): boolean {
  return typeof result === "object" && result !== null && "failed" in result;
}

import { open } from "holdfast";
import type { Holdfast, Tenant, UserStores } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFile } from "../support/temporary-file.js";
import type { TemporaryFile } from "../support/temporary-file.js";
import { serveStore } from "./served-store.js";
import type { ServedStore } from "./served-store.js";

interface Both {
  readonly inProcess: Holdfast;
  readonly overHttp: Holdfast;
}

const bytes = new Uint8Array([1, 2, 3]);

/** What a caller may write with an `operationId`, and the same but for one thing. Each gives what the caller gets. */
const writes: Readonly<Record<string, (tenant: Tenant | UserStores, differs: boolean) => Promise<unknown>>> = {
  "createThread without an id": ({ messages }, differs) =>
    messages.createThread(
      { userId: "u", title: differs ? "other" : "title", metadata: { b: 1, a: [bytes.length] } },
      named("thread"),
    ),
  "kv.put of bytes": ({ kv }, differs) => kv.put(["n"], "bytes", differs ? new Uint8Array([4]) : bytes, named("bytes")),
  "kv.put that expires": ({ kv }, differs) =>
    kv.put(["n"], "ttl", 1, { ttlMs: differs ? 70_000 : 60_000, ...named("ttl") }),
  "kv.update with a function": ({ kv }, differs) =>
    kv.update(["n"], differs ? "other" : "count", (count) => Number(count ?? 0) + 1, named("update")),
  "kv.delete": ({ kv }, differs) => kv.delete(["n"], differs ? "other" : "there", named("delete")),
  "upsertLatest with a function": ({ state }, differs) =>
    state.upsertLatest(differs ? "u2" : "u", () => ({ source: "inferred", data: { mood: "fine" } }), named("state")),
  "log.append": ({ log }, differs) => log.append("t", [{ kind: differs ? "other" : "note" }], named("append")),
  "a lease": async (stores, differs) => {
    const { name, token, expiresAt } = await stores.lease("l", { ttlMs: differs ? 70_000 : 60_000, ...named("lease") });
    return { name, token, expiresAt };
  },
  "several at once": (stores, differs) =>
    stores.write((w) => {
      const thread = w.messages.createThread({ userId: "u" });
      w.messages.createMessage({ threadId: thread.id, role: "user", content: differs ? "other" : { text: "hello" } });
      w.log.append("t2", [{ kind: "turn" }]);
      return thread;
    }, named("write")),
};

function named(operationId: string): { readonly operationId: string } {
  return { operationId };
}

describe.each(["memory", "sqlite"])("on %s", (engine) => {
  let file: TemporaryFile;
  let served: ServedStore;
  let both: Both;

  beforeAll(async () => {
    file = await temporaryFile();
    served = await serveStore(engine === "memory" ? "memory:" : file.url);
    both = { inProcess: served.inner, overHttp: await open(served.url) };
  });

  afterAll(async () => {
    await both.overHttp.close();
    await served[Symbol.asyncDispose]();
    await file[Symbol.asyncDispose]();
  });

  describe.each([
    ["inProcess", "overHttp"],
    ["overHttp", "inProcess"],
  ] as const)("what is written %s and repeated %s", (first, second) => {
    describe.each([undefined, "u"])("(as user %s)", (userId) => {
      it.each(Object.keys(writes))("is the same: %s", async (name) => {
        const write = writes[name]!;
        const stores = (way: keyof Both): Tenant | UserStores => {
          const tenant = both[way].tenant(`${name} ${first} ${userId}`);
          return userId === undefined ? tenant : tenant.user(userId);
        };
        await stores("inProcess").kv.put(["n"], "there", 1);
        const made = await write(stores(first), false);
        expect(await write(stores(second), false)).toEqual(made);
        if (userId !== undefined && name.startsWith("upsertLatest")) return;
        await expect(write(stores(second), true)).rejects.toMatchObject({ code: "CONFLICT", outcome: "none" });
        expect(await write(stores(first), false)).toEqual(made);
      });
    });
  });
});

import { HoldfastError, open } from "holdfast";
import type { Holdfast } from "holdfast";
import { createHandler } from "holdfast/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines } from "../support/engines.js";
import type { TemporaryStore } from "../support/engines.js";
import { naughtyStrings } from "../support/naughty-strings.js";
import { operator, serve } from "./serve.js";
import type { Post } from "./serve.js";

describe.each(engines.slice(0, 2))("any string as any id, over HTTP on $name", (engine) => {
  let store: TemporaryStore;
  let client: Holdfast;
  let post: Post;

  beforeAll(async () => {
    store = await engine.openTemporary();
    const handle = createHandler(store.db, { authenticate: () => operator });
    const fetched = (async (url: string, init: RequestInit) => handle(new Request(url, init))) as typeof fetch;
    client = await open("http://holdfast.test", { fetch: fetched, retryForMs: 0 });
    post = serve(store.db);
  });

  afterAll(async () => {
    await client.close();
    await store[Symbol.asyncDispose]();
  });

  it("has no two strings that are the same", () => {
    expect(new Set(naughtyStrings).size).toBe(naughtyStrings.length);
    expect(naughtyStrings.length).toBeGreaterThan(200);
  });

  it.each(Object.keys(places))("is refused as %s, or comes back as it is, and no two meet", async (name) => {
    const place = places[name] as Place;
    const taken = new Map<string, number>();
    for (const [index, text] of naughtyStrings.entries()) {
      if (await isTaken(place.put(client, text, index))) taken.set(text, index);
      else await expectRefused(post, text);
    }
    // Whatever is well formed, not empty, short enough and without NUL is an id.
    const legal = naughtyStrings.filter((text) => text.isWellFormed() && !text.includes("\0"));
    expect([...taken.keys()]).toEqual(legal.filter((text) => Buffer.byteLength(text) <= place.bytes));
    for (const [text, index] of taken) {
      expect(await place.get(client, text), `${name} ${JSON.stringify(text)}`).toEqual(index);
      expect(await place.get(store.db, text), `${name} ${JSON.stringify(text)}`).toEqual(index);
    }
  });
});

/** A place for an id: what is put under one is a number, and what is got is that. */
interface Place {
  readonly bytes: number;
  put(db: Holdfast, id: string, index: number): Promise<unknown>;
  get(db: Holdfast, id: string): Promise<unknown>;
}

const places: Readonly<Record<string, Place>> = {
  tenant: {
    bytes: 128,
    put: async (db, id, index) => db.tenant(id).kv.put([], "k", index),
    get: async (db, id) => db.tenant(id).kv.get([], "k"),
  },
  user: {
    bytes: 256,
    put: async (db, id, index) => db.tenant("users").state.upsertLatest({ userId: id, source: "mixed", data: index }),
    get: async (db, id) => (await db.tenant("users").state.getLatest(id))?.data,
  },
  "user handle": {
    bytes: 256,
    put: async (db, id, index) => {
      const { state } = db.tenant("handles").user(id);
      return state.upsertLatest({ userId: id, source: "mixed", data: index });
    },
    get: async (db, id) => (await db.tenant("handles").user(id).state.getLatest(id))?.data,
  },
  thread: {
    bytes: 256,
    put: async (db, id, index) => db.tenant("threads").messages.createThread({ id, userId: "u", title: index }),
    get: async (db, id) => (await db.tenant("threads").messages.getThread(id))?.title,
  },
  log: {
    bytes: 256,
    put: async (db, id, index) => db.tenant("logs").log.append(id, [{ kind: String(index) }]),
    get: async (db, id) => Number((await db.tenant("logs").log.loadSince(id, 0)).items[0]?.event.kind),
  },
  key: {
    bytes: 512,
    put: async (db, id, index) => db.tenant("keys").kv.put(["n"], id, index),
    get: async (db, id) => db.tenant("keys").kv.get(["n"], id),
  },
  "segment of a namespace": {
    bytes: 383,
    put: async (db, id, index) => db.tenant("segments").kv.put(["n", id], "k", index),
    get: async (db, id) => db.tenant("segments").kv.get(["n", id], "k"),
  },
  execution: {
    bytes: 256,
    async put(db, id, index) {
      const { messages } = db.tenant("executions");
      const { id: threadId } = await messages.getOrCreateThread("u");
      await messages.createMessage({ threadId, role: "user", content: index, executionId: id });
    },
    get: async (db, id) => {
      const { items } = await db.tenant("executions").messages.getMessagesByExecution(id);
      return items.length === 1 ? items[0]?.content : items.length;
    },
  },
  operationId: {
    bytes: 256,
    put: async (db, id, index) => db.tenant("operations").kv.put([], `k${index}`, index, { operationId: id }),
    async get(db, id) {
      const [result] = (await db.tenant("operations").getOperation(id))?.results ?? [];
      return Number((result as { readonly key?: string } | undefined)?.key?.slice(1));
    },
  },
  lease: {
    bytes: 256,
    // Each is taken once: a second one of the same name would be refused.
    put: async (db, id) => db.tenant("leases").lease(id, { ttlMs: 600_000 }),
    async get(db, id) {
      const refused = await db
        .tenant("leases")
        .lease(id, { ttlMs: 600_000 })
        .catch((error: unknown) => error);
      return refused instanceof HoldfastError && refused.code === "CONFLICT" ? naughtyStrings.indexOf(id) : refused;
    },
  },
};

async function isTaken(putting: Promise<unknown>): Promise<boolean> {
  try {
    await putting;
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === "INVALID_ARGUMENT") return false;
    throw error;
  }
}

/** By the routes too, where no client has looked at it before. */
async function expectRefused(post: Post, text: string): Promise<void> {
  const answer = await post("/v1/kv/get", { tenantId: text, namespace: [], key: "k" });
  expect(answer).toMatchObject({
    status: 400,
    body: { error: { code: "INVALID_ARGUMENT", details: { path: "tenantId" } } },
  });
}

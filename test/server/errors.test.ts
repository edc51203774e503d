import { HoldfastError, httpStatus, limits, open } from "holdfast";
import type { ErrorCode } from "holdfast";
import { createHandler } from "holdfast/server";
import { failingStore } from "holdfast/testing";
import { describe, expect, it } from "vitest";
import { errorOf, read, resultOf, serve } from "./serve.js";

const threadOf = (fields: object): object => ({ tenantId: "t", thread: { userId: "u", ...fields } });

describe("an error", () => {
  it.each(Object.entries(httpStatus))("%s has the status %i and the body of PROTOCOL.md", async (code, status) => {
    await using db = await open("memory:");
    const details = { path: "thread", retryAfterMs: 1500 };
    const fail = (): never => {
      throw new HoldfastError(code as ErrorCode, "What is wrong.", { details, outcome: "none", operationIndex: 3 });
    };
    const answer = await serve(db, undefined, { authenticate: fail })(
      "/v1/info",
      {},
      { headers: { "X-Request-Id": "req-1" } },
    );
    const isInternal = code === "INTERNAL";
    expect(answer).toMatchObject({ status });
    expect(answer.body).toEqual({
      error: {
        code,
        message: isInternal
          ? "The server failed. Whoever runs it finds the reason in its log, by the requestId."
          : "What is wrong.",
        requestId: "req-1",
        details: isInternal ? {} : details,
        retryable: ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"].includes(code),
        outcome: "none",
        operationIndex: 3,
      },
    });
    expect(answer.headers.get("Retry-After")).toBe(isInternal ? null : "2");
    expect(answer.headers.get("WWW-Authenticate")).toBe(code === "UNAUTHENTICATED" ? "Bearer" : null);
    expect(answer.headers.get("X-Request-Id")).toBe("req-1");
  });

  it.each<[string, unknown, string, number]>([
    ["nothing of ours", new TypeError("secret-driver-words"), "INTERNAL", 500],
    ["what is thrown without being an error", "secret-driver-words", "INTERNAL", 500],
    [
      "a database's",
      new HoldfastError("UNAVAILABLE", "secret-driver-words", {
        cause: new Error("secret-driver-words"),
        details: { host: "secret-driver-words" },
      }),
      "UNAVAILABLE",
      503,
    ],
    [
      "a database's in an operation",
      new HoldfastError("RESOURCE_EXHAUSTED", "secret-driver-words", {
        cause: new HoldfastError("RESOURCE_EXHAUSTED", "secret-driver-words", { cause: new Error("disk") }),
      }),
      "RESOURCE_EXHAUSTED",
      429,
    ],
    ["a damaged store's", new HoldfastError("INTERNAL", "secret-driver-words"), "INTERNAL", 500],
  ])("of %s says no more than its code", async (_, thrown, code, status) => {
    await using db = await open("memory:");
    const answer = await serve(db, undefined, {
      authenticate: () => {
        throw thrown;
      },
    })("/v1/info");
    expect(answer).toMatchObject({ status, body: { error: { code, details: {} } } });
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(JSON.stringify(answer.body)).not.toMatch(/\.ts|\.js|at /);
  });

  it("names a request that did not name itself, or not so that it can be logged", async () => {
    await using db = await open("memory:");
    const post = serve(db);
    const made = new Set<unknown>();
    for (const given of [undefined, "", "with space", "ä", "x".repeat(257)]) {
      const { headers, body } = await post(
        "/v1/none",
        {},
        given === undefined ? {} : { headers: { "X-Request-Id": given } },
      );
      const { requestId } = (body as { error: { requestId: string } }).error;
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get("X-Request-Id")).toBe(requestId);
      made.add(requestId);
    }
    expect(made.size).toBe(5);
  });
});

describe("a request", () => {
  it("by nobody is UNAUTHENTICATED", async () => {
    await using db = await open("memory:");
    const request = new Request("http://holdfast.test/v1/info", { method: "POST", body: "{}" });
    expect(await read(await createHandler(db)(request))).toMatchObject({
      status: 401,
      body: { error: { code: "UNAUTHENTICATED" } },
    });
  });

  it.each(["/", "/v1", "/v1/", "/v1/messages", "/v1/kv/update", "/v1/tokens", "/v1/constructor", "/V1/info"])(
    "to %s, which is no route, is NOT_FOUND",
    async (path) => {
      await using db = await open("memory:");
      expect(await serve(db)(path)).toMatchObject({ status: 404, body: { error: { code: "NOT_FOUND" } } });
    },
  );

  it.each([
    ["/v1/info", "GET", "POST"],
    ["/v1/kv/get", "DELETE", "POST"],
    ["/v1/kv/get", "OPTIONS", "POST"],
    ["/openapi.json", "POST", "GET, HEAD"],
    ["/docs", "PUT", "GET, HEAD"],
  ])("to %s by %s is answered with what is allowed", async (path, method, allow) => {
    await using db = await open("memory:");
    const answer = await serve(db)(path, {}, { method, ...(method === "GET" && { body: null }) });
    expect(answer).toMatchObject({ status: 405, body: { error: { code: "INVALID_ARGUMENT" } } });
    expect(answer.headers.get("Allow")).toBe(allow);
  });

  it("that was aborted is CANCELLED, and stores nothing", async () => {
    await using db = await open("memory:");
    const store = failingStore(db);
    const held = store.holdCommit();
    const abort = new AbortController();
    const answering = serve(store)("/v1/messages/createThread", threadOf({ id: "th" }), { signal: abort.signal });
    await held.arrived;
    abort.abort();
    expect(await answering).toMatchObject({ status: 499, body: { error: { code: "CANCELLED", outcome: "none" } } });
    held.release();
    expect(await db.tenant("t").messages.getThread("th")).toBeUndefined();
  });

  it("that takes longer than its timeoutMs is DEADLINE_EXCEEDED", async () => {
    await using db = await open("memory:");
    const store = failingStore(db);
    store.holdCommit();
    const body = { ...threadOf({ id: "th" }), options: { timeoutMs: 1 } };
    expect(await serve(store)("/v1/messages/createThread", body)).toMatchObject({
      status: 504,
      body: { error: { code: "DEADLINE_EXCEEDED" } },
    });
  });

  it("to a closed store is CLOSED", async () => {
    const db = await open("memory:");
    await db.close();
    expect(await serve(db)("/v1/healthCheck")).toMatchObject({ status: 503, body: { error: { code: "CLOSED" } } });
    expect(await resultOf(serve(db)("/v1/state/healthCheck", { tenantId: "t" }))).toBe(false);
  });
});

describe("a body that cannot be accepted", () => {
  it.each<[string, string, unknown, string]>([
    ["that is an array", "messages/createThread", [], "body"],
    ["that is null", "messages/createThread", null, "body"],
    ["without a field", "messages/createThread", { tenantId: "t" }, "thread"],
    ["without a field inside", "messages/createThread", { tenantId: "t", thread: {} }, "thread.userId"],
    ["with an empty id", "messages/createThread", threadOf({ id: "" }), "thread.id"],
    ["with an id that is a number", "messages/createThread", threadOf({ id: 7 }), "thread.id"],
    ["with an id with NUL", "messages/createThread", threadOf({ id: "a\0" }), "thread.id"],
    ["with an id with a lone surrogate", "messages/createThread", threadOf({ id: "\ud800" }), "thread.id"],
    ["with an id that is too long in bytes", "messages/createThread", threadOf({ id: "€".repeat(86) }), "thread.id"],
    [
      "with an id that is too long in characters",
      "messages/createThread",
      threadOf({ id: "a".repeat(257) }),
      "thread.id",
    ],
    [
      "with a field that is not known",
      "messages/createThread",
      threadOf({ "colour of it": 1 }),
      'thread["colour of it"]',
    ],
    ["with metadata that is no object", "messages/createThread", threadOf({ metadata: [1] }), "thread.metadata"],
    ["with a time that is none", "messages/createThread", threadOf({ createdAt: 1.5 }), "thread.createdAt"],
    ["with a time out of range", "messages/createThread", threadOf({ createdAt: 8.64e15 + 2 }), "thread.createdAt"],
    ["with options that are null", "kv/get", { tenantId: "t", namespace: [], key: "k", options: null }, "options"],
    [
      "with a limit that is too big",
      "kv/list",
      { tenantId: "t", namespace: [], options: { limit: 1001 } },
      "options.limit",
    ],
    [
      "with a cursor of another list",
      "kv/list",
      { tenantId: "t", namespace: [], options: { cursor: "AAAA" } },
      "options.cursor",
    ],
    [
      "with an order that is none",
      "kv/list",
      { tenantId: "t", namespace: [], options: { order: "up" } },
      "options.order",
    ],
    [
      "with a deadline instead of timeoutMs",
      "kv/list",
      { tenantId: "t", namespace: [], options: { deadline: 1 } },
      "options.deadline",
    ],
    ["with no time left", "kv/list", { tenantId: "t", namespace: [], options: { timeoutMs: 0 } }, "options.timeoutMs"],
    ["with a segment that is no string", "kv/list", { tenantId: "t", namespace: ["a", 1] }, "namespace[1]"],
    [
      "with a fence that is none",
      "kv/delete",
      { tenantId: "t", namespace: [], key: "k", options: { fence: { name: "a" } } },
      "options.fence.token",
    ],
    [
      "with a revision that is none",
      "state/getLatest",
      { tenantId: "t", userId: "u", options: { at: { revision: -1 } } },
      "options.at.revision",
    ],
    [
      "with an instant that is none",
      "state/getLatest",
      { tenantId: "t", userId: "u", options: { at: "now" } },
      "options.at",
    ],
    [
      "with an axis that is none",
      "state/upsertLatest",
      { tenantId: "t", snapshot: { userId: "u", source: "mixed", axes: { A: 1 } } },
      "snapshot.axes.A",
    ],
    [
      "with an event that is none",
      "log/append",
      { tenantId: "t", threadId: "th", events: [{ kind: "a" }, {}] },
      "events[1].kind",
    ],
    ["without events", "log/append", { tenantId: "t", threadId: "th" }, "events"],
    ["with records that are none", "import", { tenantId: "t", records: [{ type: "x" }] }, "records[0].type"],
    [
      "without what a lease must be renewed for",
      "lease/renew",
      { tenantId: "t", name: "a", token: 1, options: {} },
      "options.ttlMs",
    ],
    ["without the options of a lease", "lease", { tenantId: "t", name: "a" }, "options"],
    ["with a query that is none", "read", { tenantId: "t", queries: [{ method: "kv.put" }] }, "queries[0].method"],
    [
      "with a query that is wrong",
      "read",
      {
        tenantId: "t",
        queries: [
          { method: "log.head", threadId: "a" },
          { method: "log.head", threadId: "" },
        ],
      },
      "queries[1].threadId",
    ],
    [
      "with a query that the core refuses",
      "read",
      {
        tenantId: "t",
        queries: [
          { method: "log.head", threadId: "a" },
          { method: "log.head", threadId: "\0" },
        ],
      },
      "queries[1].threadId",
    ],
  ])("%s is INVALID_ARGUMENT, with the path of what is wrong", async (_, path, body, at) => {
    await using db = await open("memory:");
    const answer = await serve(db)(`/v1/${path}`, body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "INVALID_ARGUMENT", details: { path: at } } } });
    expect((answer.body as { error: { message: string } }).error.message.startsWith(`${at} `)).toBe(true);
    expect(await db.stats()).toMatchObject({ tenants: 0 });
  });

  it("because an id is too long says the limit and the size, in bytes", async () => {
    await using db = await open("memory:");
    for (const id of ["€".repeat(86), "a".repeat(258)]) {
      expect(await errorOf(serve(db)("/v1/messages/createThread", threadOf({ id })))).toMatchObject({
        details: { path: "thread.id", limit: 256, size: 258 },
      });
    }
  });

  it.each<[string, string, unknown, object]>([
    [
      "a value",
      "kv/put",
      { namespace: [], key: "k", value: { json: "x".repeat(limits.valueBytes) } },
      { path: "value" },
    ],
    [
      "events",
      "log/append",
      { threadId: "th", events: Array.from({ length: limits.batchEvents + 1 }, () => ({ kind: "a" })) },
      { path: "events", limit: limits.batchEvents },
    ],
    [
      "operations",
      "write",
      { operations: Array.from({ length: 1001 }, () => ({ method: "kv.delete", namespace: [], key: "k" })) },
      { path: "operations", limit: 1000, size: 1001 },
    ],
    [
      "the bytes of operations",
      "write",
      {
        operations: Array.from({ length: 9 }, () => ({
          method: "kv.put",
          namespace: [],
          key: "k",
          value: { json: "x".repeat(limits.valueBytes - 2) },
        })),
      },
      { path: "operations" },
    ],
    [
      "nesting",
      "kv/put",
      `{"tenantId":"t","namespace":[],"key":"k","value":{"json":${"[".repeat(129)}${"]".repeat(129)}}}`,
      { limit: 128 },
    ],
  ])("because %s is too large is TOO_LARGE", async (_, path, body, details) => {
    await using db = await open("memory:");
    const sent = typeof body === "string" ? body : { tenantId: "t", ...(body as object) };
    expect(await serve(db)(`/v1/${path}`, sent)).toMatchObject({
      status: 413,
      body: { error: { code: "TOO_LARGE", details } },
    });
    expect(await db.stats()).toMatchObject({ tenants: 0 });
  });

  it("because it is too large itself is TOO_LARGE", async () => {
    await using db = await open("memory:");
    const answer = await serve(db, undefined, { maxBodyBytes: 10 })("/v1/info", '{"a":"0123456789"}');
    expect(answer).toMatchObject({ status: 413, body: { error: { code: "TOO_LARGE", details: { limit: 10 } } } });
  });
});

describe("an operation that fails", () => {
  it.each<[string, unknown, object]>([
    [
      "by its schema",
      { method: "kv.put", namespace: [], key: "", value: { json: 1 } },
      { code: "INVALID_ARGUMENT", details: { path: "key" } },
    ],
    [
      "by its method",
      { method: "kv.get", namespace: [], key: "k" },
      { code: "INVALID_ARGUMENT", details: { path: "method" } },
    ],
    [
      "by a field too many",
      { method: "kv.delete", namespace: [], key: "k", tenantId: "t" },
      { code: "INVALID_ARGUMENT", details: { path: "tenantId" } },
    ],
    [
      "by an option of its write",
      { method: "kv.delete", namespace: [], key: "k", options: { operationId: "o" } },
      { code: "INVALID_ARGUMENT", details: { path: "options.operationId" } },
    ],
    ["by being none", 7, { code: "INVALID_ARGUMENT", details: { path: "operations[1]" } }],
    [
      "by the core",
      { method: "kv.delete", namespace: [], key: "\0" },
      { code: "INVALID_ARGUMENT", details: { path: "key" } },
    ],
    [
      "in the store",
      { method: "messages.deleteThread", threadId: "th", options: { expectedRevision: 7 } },
      { code: "CONFLICT" },
    ],
  ])("%s is named by its index", async (_, operation, error) => {
    await using db = await open("memory:");
    await db.tenant("t").messages.createThread({ id: "th", userId: "u" });
    const first = { method: "kv.put", namespace: [], key: "k", value: { json: 1 } };
    const answering = serve(db)("/v1/write", { tenantId: "t", operations: [first, operation] });
    expect(await errorOf(answering)).toMatchObject({ operationIndex: 1, ...error });
    expect(await db.tenant("t").kv.get([], "k")).toBeUndefined();
  });
});

describe("what the store refuses", () => {
  it("has the status of its code", async () => {
    await using db = await open("memory:");
    const post = serve(db);
    await resultOf(post("/v1/messages/createThread", threadOf({ id: "th" })));
    expect(await post("/v1/messages/createThread", threadOf({ id: "th" }))).toMatchObject({
      status: 409,
      body: { error: { code: "ALREADY_EXISTS" } },
    });
    expect(await post("/v1/messages/updateThread", { tenantId: "t", threadId: "none", patch: {} })).toMatchObject({
      status: 404,
      body: { error: { code: "NOT_FOUND" } },
    });
    const stale = { tenantId: "t", threadId: "th", patch: {}, options: { expectedRevision: 99 } };
    expect(await post("/v1/messages/updateThread", stale)).toMatchObject({
      status: 409,
      body: { error: { code: "CONFLICT" } },
    });
  });
});

import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { createHandler } from "holdfast/server";
import type { HandlerOptions, Principal } from "holdfast/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventReader } from "./event-reader.js";
import { operator, read } from "./serve.js";
import { untilNoTails } from "./served-store.js";

let db: Holdfast;

beforeEach(async () => {
  db = await open("memory:");
});

afterEach(() => db.close());

const notes = (count: number, from: number = 1): { kind: string; n: number }[] =>
  Array.from({ length: count }, (_, index) => ({ kind: "note", n: from + index }));

type Ask = (query: string, init?: RequestInit) => Promise<Response>;

function server(options: HandlerOptions = {}, principal: Principal = operator): Ask {
  const handle = createHandler(db, { authenticate: () => principal, ...options });
  return (query, init) => handle(new Request(`http://holdfast.test/v1/log/tail?tenantId=acme&${query}`, init));
}

/** A token of the store, and a server that knows its tokens. */
async function serverWithToken(options: HandlerOptions, expiresAt?: number) {
  const { id, secret } = await db.tokens.create({ tenantId: "acme", scopes: ["read"], expiresAt });
  const handle = createHandler(db, options);
  const headers = { authorization: `Bearer ${secret}` };
  return { id, ask: async () => handle(new Request("http://holdfast.test/v1/log/tail?threadId=t1", { headers })) };
}

/** Whether nothing comes of what a store in memory has had the time to give. The reader is of no more use then. */
async function isQuiet(reader: EventReader): Promise<boolean> {
  const next = reader.next().then(() => false);
  return Promise.race([next, new Promise<boolean>((resolve) => setImmediate(() => resolve(true)))]);
}

describe("the stream of a log", () => {
  it("has its history first and then what is appended, each with its ordinal", async () => {
    const { log } = db.tenant("acme");
    await log.append("t1", notes(2));
    const response = await server()("threadId=t1");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    await using reader = new EventReader(response);
    expect(await reader.next()).toEqual({ comment: "live" });
    const history = await reader.events(2);
    const live = reader.events(1);
    const { recordedAt } = await log.append("t1", notes(1, 3));
    expect([...history, ...(await live)].map(({ id, data }) => [id, data])).toEqual(
      [1, 2, 3].map((n) => [n, { ordinal: n, recordedAt: expect.any(Number), event: { kind: "note", n } }]),
    );
    expect(recordedAt).toEqual(expect.any(Number));
  });

  it("begins behind Last-Event-ID, and else behind after", async () => {
    await db.tenant("acme").log.append("t1", notes(5));
    const ask = server();
    await using after = new EventReader(await ask("threadId=t1&after=2"));
    await using last = new EventReader(await ask("threadId=t1&after=2", { headers: { "last-event-id": "4" } }));
    await using empty = new EventReader(await ask("threadId=t1&after=3", { headers: { "last-event-id": "" } }));
    expect([await after.ids(3), await last.ids(1), await empty.ids(2)]).toEqual([[3, 4, 5], [5], [4, 5]]);
  });

  it.each(["-1", "1.5", "1e3", "abc", "0x10", "99999999999999999", "9007199254740993", "1, 2"])(
    "refuses %j as Last-Event-ID",
    async (id) => {
      const response = await server()("threadId=t1", { headers: { "last-event-id": id } });
      expect(await read(response)).toMatchObject({
        status: 400,
        body: { error: { code: "INVALID_ARGUMENT", details: { path: "headers.last-event-id" } } },
      });
    },
  );

  it.each([
    "threadId=t1&after=-1",
    "threadId=t1&after=x",
    "threadId=t1&after=",
    "after=1",
    "threadId=t1&threadId=t2",
    "threadId=t1&afer=1",
  ])("refuses ?%s", async (query) => {
    expect(await read(await server()(query))).toMatchObject({ status: 400 });
  });

  it.each(["POST", "PUT", "HEAD"])("is not to be had with %s, which leaves no tail behind", async (method) => {
    const response = await server()("threadId=t1", { method });
    expect([response.status, db.load().tails]).toEqual([405, 0]);
  });

  it("has what was archived meanwhile, once and in order", async () => {
    const { log } = db.tenant("acme");
    await log.append("t1", notes(2_500));
    await using reader = new EventReader(await server()("threadId=t1"));
    const first = await reader.ids(10);
    await log.archiveBefore("t1", 2_400);
    await log.append("t1", notes(2, 2_501));
    expect([...first, ...(await reader.ids(2_492))]).toEqual(notes(2_502).map(({ n }) => n));
  });

  it("has nothing of what is erased, and goes on", async () => {
    const { log } = db.tenant("acme");
    await log.append("t1", notes(2));
    const ask = server();
    await using reader = new EventReader(await ask("threadId=t1"));
    expect(await reader.ids(2)).toEqual([1, 2]);
    await db.tenant("acme").eraseThread("t1");
    await using late = new EventReader(await ask("threadId=t1"));
    await using other = new EventReader(await ask("threadId=t2"));
    await log.append("t2", notes(1));
    expect(await other.ids(1)).toEqual([1]);
    await late.next();
    for (const each of [reader, late]) {
      expect(await isQuiet(each)).toBe(true);
    }
  });

  it("of a token that is bound to a user has only what is theirs", async () => {
    const acme = db.tenant("acme");
    await acme.user("u1").log.append("hers", notes(1));
    await acme.user("u2").log.append("his", notes(1));
    const ask = server({}, { id: "token-1", tenantId: "acme", userId: "u1", scopes: ["read"] });
    await using his = new EventReader(await ask("threadId=his"));
    await using hers = new EventReader(await ask("threadId=hers"));
    await his.next();
    expect(await hers.ids(1)).toEqual([1]);
    const live = hers.ids(1);
    await acme.user("u2").log.append("his", notes(1));
    await acme.user("u1").log.append("hers", notes(1));
    expect(await live).toEqual([2]);
    expect(await isQuiet(his)).toBe(true);
    const named = await server(
      {},
      { id: "token-1", tenantId: "acme", userId: "u1", scopes: ["read"] },
    )("threadId=his&asUserId=u2");
    expect(named.status).toBe(403);
  });

  it("shows that it is alive while there is nothing to say", async () => {
    await using reader = new EventReader(await server({ heartbeatMs: 2 })("threadId=t1"));
    const comments = [await reader.next(), await reader.next(), await reader.next()];
    expect(comments).toEqual([{ comment: "live" }, { comment: "" }, { comment: "" }]);
  });
});

describe("a stream of a log ends", () => {
  it("with UNAUTHENTICATED when its token is revoked", async () => {
    const { id, ask } = await serverWithToken({ tails: { intervalMs: 1 } });
    await using reader = new EventReader(await ask());
    await reader.next();
    await db.tokens.revoke(id);
    expect(await reader.rest()).toMatchObject([{ event: "error", data: { error: { code: "UNAUTHENTICATED" } } }]);
    await untilNoTails(db);
  });

  it("with UNAUTHENTICATED when its token expires", async () => {
    await db.close();
    let now = 1_000_000;
    db = await open("memory:", { clock: () => now });
    const { ask } = await serverWithToken({ tails: { intervalMs: 1 } }, now + 1000);
    await using reader = new EventReader(await ask());
    await reader.next();
    now += 1001;
    expect(await reader.rest()).toMatchObject([{ event: "error", data: { error: { code: "UNAUTHENTICATED" } } }]);
    await untilNoTails(db);
  });

  it("with CLOSED when the server is closing, and where it is", async () => {
    const closing = new AbortController();
    const ask = server({ closing: closing.signal });
    const reader = new EventReader(await ask("threadId=t1"));
    await reader.next();
    closing.abort();
    const closed = [{ event: "error", data: { error: { code: "CLOSED", retryable: true } } }];
    expect(await reader.rest()).toMatchObject(closed);
    expect(await new EventReader(await ask("threadId=t1")).rest()).toMatchObject(closed);
    await untilNoTails(db);
  });

  it("with CLOSED when the store is", async () => {
    const reader = new EventReader(await server()("threadId=t1"));
    await reader.next();
    await db.close();
    expect(await reader.rest()).toMatchObject([{ event: "error", data: { error: { code: "CLOSED" } } }]);
  });
});

describe("the limit of open tails", () => {
  it("refuses one more, and lets in another when one was closed, aborted or ended", async () => {
    const closing = new AbortController();
    const ask = server({ tails: { perPrincipal: 3 }, closing: closing.signal });
    const aborted = new AbortController();
    const refused = { status: 429, body: { error: { code: "RESOURCE_EXHAUSTED", details: { exhausted: "tails" } } } };
    const cancelled = new EventReader(await ask("threadId=t1"));
    await ask("threadId=t1", { signal: aborted.signal });
    await ask("threadId=t1");
    expect(await read(await ask("threadId=t1"))).toMatchObject(refused);
    await cancelled[Symbol.asyncDispose]();
    aborted.abort();
    await Promise.all([ask("threadId=t1"), ask("threadId=t1")]);
    expect(await read(await ask("threadId=t1"))).toMatchObject(refused);
    closing.abort();
    expect(await new EventReader(await ask("threadId=t1")).rest()).toMatchObject([{ event: "error" }]);
  });

  it("counts no request that was refused", async () => {
    const ask = server({ tails: { perPrincipal: 1 } });
    for (const query of ["after=1", "threadId=t1&after=x"]) expect((await ask(query)).status).toBe(400);
    const bad = await ask("threadId=t1", { headers: { "last-event-id": "x" } });
    expect(bad.status).toBe(400);
    expect((await ask("threadId=t1")).status).toBe(200);
  });

  it("is whole again after 1,000 were opened and dropped", async () => {
    const ask = server({ tails: { perPrincipal: 1000 }, metrics: "open" });
    for (let round = 0; round < 2; round++) {
      const readers = await Promise.all(
        Array.from({ length: 1000 }, async (_, index) => new EventReader(await ask(`threadId=t${index % 10}`))),
      );
      for (const reader of readers) await reader.next();
      expect(db.load().tails).toBe(1000);
      for (const reader of readers) await reader[Symbol.asyncDispose]();
      await untilNoTails(db);
    }
    expect((await ask("threadId=t1")).status).toBe(200);
  });
});

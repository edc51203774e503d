import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TailLimit } from "../../dist/server/access/tail-limit.js";
import type { Principal } from "../../dist/server/access/principal.js";
import { answeringApp } from "./answering-app.js";

let db: Holdfast;

beforeEach(async () => {
  db = await open("memory:");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});

afterEach(async () => {
  vi.useRealTimers();
  await db.close();
});

/** The statuses of so many requests, one after the other. */
async function statuses(times: number, send: () => Promise<Response>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) all.push((await send()).status);
  return all;
}

describe("the limit of requests", () => {
  it("lets a principal make so many in a second, a burst beyond, and then more in the next", async () => {
    const { send, tokens } = answeringApp(db, { rateLimit: { perSecond: 3, burst: 2 } });
    const [token, other] = [tokens.add({ id: "t1" }), tokens.add({ id: "t2" })];
    expect(await statuses(6, () => send("/v1/who", { token }))).toEqual([200, 200, 200, 200, 200, 429]);
    expect(await statuses(1, () => send("/v1/who", { token: other }))).toEqual([200]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await statuses(4, () => send("/v1/who", { token }))).toEqual([200, 200, 200, 429]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await statuses(6, () => send("/v1/who", { token }))).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it("says when to come again", async () => {
    const { send, tokens } = answeringApp(db, { rateLimit: { perSecond: 1, burst: 0 } });
    const token = tokens.add({});
    await send("/v1/who", { token });
    await vi.advanceTimersByTimeAsync(400);
    const refused = await send("/v1/who", { token });
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.json()).toMatchObject({
      error: {
        code: "RESOURCE_EXHAUSTED",
        retryable: true,
        details: { exhausted: "requests", limit: 1, retryAfterMs: 600 },
      },
    });
    await vi.advanceTimersByTimeAsync(600);
    expect((await send("/v1/who", { token })).status).toBe(200);
  });

  it("does not count what nobody was let in with", async () => {
    const { send, tokens } = answeringApp(db, { rateLimit: { perSecond: 1, burst: 0 } });
    expect(await statuses(3, () => send("/v1/who", { token: "hf_wrong" }))).toEqual([401, 401, 401]);
    expect((await send("/v1/who", { token: tokens.add({}) })).status).toBe(200);
  });
});

describe("the limit of failed attempts", () => {
  const failedAttempts = {
    perMinute: 2,
    clientOf: ({ headers }: Request): string | undefined => headers.get("x-client") ?? undefined,
  };

  it("refuses a client that goes on, before its credential is looked up", async () => {
    const { send, tokens } = answeringApp(db, { failedAttempts });
    const token = tokens.add({});
    const wrong = { token: "hf_wrong", headers: { "x-client": "c1" } };
    expect(await statuses(3, () => send("/v1/who", wrong))).toEqual([401, 401, 429]);
    const { asked } = tokens;
    const refused = await send("/v1/who", { token, headers: { "x-client": "c1" } });
    expect([refused.status, refused.headers.get("retry-after"), tokens.asked]).toEqual([429, "60", asked]);
    expect((await send("/v1/who", { token, headers: { "x-client": "c2" } })).status).toBe(200);
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await send("/v1/who", { token, headers: { "x-client": "c1" } })).status).toBe(200);
  });

  it("counts neither who is let in nor whom it cannot name, nor an outage", async () => {
    const { send, tokens } = answeringApp(db, { failedAttempts });
    const token = tokens.add({});
    expect(await statuses(3, () => send("/v1/who", { token: "hf_wrong" }))).toEqual([401, 401, 401]);
    expect(await statuses(3, () => send("/v1/who", { token, headers: { "x-client": "c1" } }))).toEqual([200, 200, 200]);
    tokens.isDown = true;
    expect(await statuses(3, () => send("/v1/who", { token, headers: { "x-client": "c1" } }))).toEqual([503, 503, 503]);
  });
});

describe("the limit of tails", () => {
  const ann: Principal = { id: "ann", tenantId: "acme", scopes: ["read"] };
  const bob: Principal = { ...ann, id: "bob" };

  it("holds for each principal, and gives back what was closed, once", () => {
    const tails = new TailLimit({ perPrincipal: 2 });
    const [first] = [tails.acquire(ann), tails.acquire(ann), tails.acquire(bob)];
    expect(() => tails.acquire(ann)).toThrow(
      expect.objectContaining({
        code: "RESOURCE_EXHAUSTED",
        details: { exhausted: "tails", limit: 2, retryAfterMs: 1000 },
      }),
    );
    first();
    first();
    expect(tails.open).toBe(2);
    tails.acquire(ann);
    expect(() => tails.acquire(ann)).toThrow(/limit/);
    expect(tails.open).toBe(3);
  });
});

import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { probes } from "../../dist/server/observing/probes.js";
import { answeringApp } from "./answering-app.js";
import type { AnsweringApp } from "./answering-app.js";

let db: Holdfast;

beforeEach(async () => {
  db = await open("memory:");
});

afterEach(async () => {
  vi.useRealTimers();
  await db.close();
});

/** The value of a metric with these labels, as the text has it; `undefined` where it is not there. */
async function valueOf({ send }: AnsweringApp, metric: string): Promise<number | undefined> {
  const response = await send("/metrics");
  expect(response.status).toBe(200);
  const line = (await response.text()).split("\n").find((line) => line.startsWith(`${metric} `));
  return line === undefined ? undefined : Number(line.slice(metric.length + 1));
}

describe("/metrics", () => {
  it("measures requests by route and status, and never by what callers make up", async () => {
    const app = answeringApp(db, { metrics: "open" });
    const token = app.tokens.add({});
    for (const path of ["/v1/who", "/v1/who?a=1", "/v1/made-up-1", "/v1/made-up-2"]) await app.send(path, { token });
    await app.send("/v1/who");
    const count = "holdfast_request_duration_seconds_count";
    expect(await valueOf(app, `${count}{route="/v1/who",status="200"}`)).toBe(2);
    expect(await valueOf(app, `${count}{route="/v1/who",status="401"}`)).toBe(1);
    expect(await valueOf(app, `${count}{route="none",status="404"}`)).toBe(2);
    expect(await (await app.send("/metrics")).text()).not.toContain("made-up");
  });

  it("counts errors by code, and refusals by what was used up", async () => {
    const app = answeringApp(db, { metrics: "open", rateLimit: { perSecond: 1, burst: 0 } });
    const token = app.tokens.add({});
    await app.send("/v1/broken", { method: "POST", token });
    await app.send("/v1/who", { token });
    await app.send("/v1/who");
    expect(await valueOf(app, 'holdfast_errors_total{code="INTERNAL"}')).toBe(1);
    expect(await valueOf(app, 'holdfast_errors_total{code="UNAUTHENTICATED"}')).toBe(1);
    expect(await valueOf(app, 'holdfast_errors_total{code="RESOURCE_EXHAUSTED"}')).toBe(1);
    expect(await valueOf(app, 'holdfast_refusals_total{exhausted="requests"}')).toBe(1);
  });

  it("counts open tails and requests in flight", async () => {
    const app = answeringApp(db, { metrics: "open" });
    const close = app.tails.acquire({ id: "ann", scopes: [] });
    expect(await valueOf(app, "holdfast_open_tails")).toBe(1);
    close();
    expect(await valueOf(app, "holdfast_open_tails")).toBe(0);
    // The scrape itself.
    expect(await valueOf(app, "holdfast_requests_in_flight")).toBe(1);
  });

  it("has the rows of each store, as they were at most ten seconds ago", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const app = answeringApp(db, { metrics: "open" });
    await db.tenant("acme").kv.put([], "a", 1);
    expect(await valueOf(app, 'holdfast_rows{store="kv"}')).toBe(1);
    await db.tenant("acme").kv.put([], "b", 1);
    expect(await valueOf(app, 'holdfast_rows{store="kv"}')).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(await valueOf(app, 'holdfast_rows{store="kv"}')).toBe(2);
    expect(await valueOf(app, "holdfast_tenants")).toBe(1);
    expect(await valueOf(app, "holdfast_store_bytes")).toBeUndefined();
  });

  it("has the commits of the store, their groups, and the connections of its pool", async () => {
    const connections = { open: 5, idle: 3, waiting: 2 };
    const app = answeringApp({ ...db, load: () => ({ ...db.load(), connections }) }, { metrics: "open" });
    await Promise.all(["a", "b"].map((key) => db.tenant("acme").kv.put([], key, 1)));
    for (const scrape of [1, 2]) {
      expect(await valueOf(app, "holdfast_commits_total"), `scrape ${scrape}`).toBe(2);
      expect(await valueOf(app, "holdfast_commit_groups_total")).toBe(1);
    }
    expect(await valueOf(app, "holdfast_waiting_commits")).toBe(0);
    expect(await valueOf(app, 'holdfast_connections{state="idle"}')).toBe(3);
  });

  it("is there while the store is not", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const app = answeringApp(db, { metrics: "open" });
    await db.close();
    expect(await valueOf(app, 'holdfast_rows{store="kv"}')).toBeUndefined();
    expect(await valueOf(app, "holdfast_tenants")).toBeUndefined();
    expect(await valueOf(app, "holdfast_open_tails")).toBe(0);
  });

  it("does not wait for long for a store that does not answer", async () => {
    const app = answeringApp({ ...db, stats: () => new Promise(() => undefined) }, { metrics: "open" });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const scrape = app.send("/metrics");
    await vi.advanceTimersByTimeAsync(1000);
    expect((await scrape).status).toBe(200);
  });

  it("is for operators, unless it is open", async () => {
    const { send, tokens } = answeringApp(db);
    expect((await send("/metrics")).status).toBe(401);
    expect((await send("/metrics", { token: tokens.add({}) })).status).toBe(403);
    const answer = await send("/metrics", { token: tokens.addOperator() });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
  });

  it("is each server's own", async () => {
    const [app, other] = [answeringApp(db, { metrics: "open" }), answeringApp(db, { metrics: "open" })];
    await app.send("/v1/who");
    expect(await valueOf(other, 'holdfast_errors_total{code="UNAUTHENTICATED"}')).toBeUndefined();
  });
});

describe("the probes", () => {
  it("need no token, and say nothing else", async () => {
    const { send } = answeringApp(db);
    for (const path of ["/healthz", "/readyz"]) {
      const answer = await send(path);
      expect([answer.status, await answer.text()]).toEqual([200, "ok\n"]);
    }
  });

  it("say that the process runs, and is not ready, while its store is gone", async () => {
    const { send } = answeringApp(db);
    await db.close();
    expect((await send("/healthz")).status).toBe(200);
    const answer = await send("/readyz");
    expect([answer.status, await answer.text()]).toEqual([503, "not ready\n"]);
  });

  it("say that it is not ready while it drains", async () => {
    let isDraining = false;
    const { send } = answeringApp(db, { isDraining: () => isDraining });
    expect((await send("/readyz")).status).toBe(200);
    isDraining = true;
    expect((await send("/readyz")).status).toBe(503);
    expect((await send("/healthz")).status).toBe(200);
  });

  it("ask a store that does not answer once, however many ask, and wait for two seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    let asked = 0;
    const app = probes({
      healthCheck: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    });
    const answers = Promise.all([1, 2, 3].map(async () => (await app.request("/readyz")).status));
    await vi.advanceTimersByTimeAsync(2000);
    expect([await answers, asked]).toEqual([[503, 503, 503], 1]);
  });
});

import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jsonLogger } from "../../dist/server/observing/json-logger.js";
import type { StreamEnd } from "../../dist/server/request-variables.js";
import { answeringApp } from "./answering-app.js";
import type { AnsweringApp } from "./answering-app.js";

let db: Holdfast;
let lines: string[];
let app: AnsweringApp;

beforeEach(async () => {
  db = await open("memory:");
  lines = [];
  app = answeringApp(db, { logger: jsonLogger({ write: (line) => void lines.push(line) }) });
});

afterEach(() => db.close());

/** The one line that was written since the last. */
function line(): Readonly<Record<string, unknown>> {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines.splice(0).join("")) as Record<string, unknown>;
}

describe("the log", () => {
  it("has one line for a request, with all that is known of it", async () => {
    const token = app.tokens.addOperator();
    const body = JSON.stringify({ tenantId: "acme", key: "k" });
    const headers = { "x-request-id": "req-1", "content-length": String(body.length) };
    await app.send("/v1/kv/put", { method: "POST", token, headers, body });
    const { durationMs, ...rest } = line();
    expect(durationMs).toBeGreaterThan(0);
    expect(rest).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      msg: "request",
      requestId: "req-1",
      method: "POST",
      route: "/v1/kv/put",
      status: 200,
      code: "OK",
      bytesIn: body.length,
      principalId: "operator",
      tenantId: "acme",
    });
  });

  it("never has bodies, queries, tokens, or paths that are none", async () => {
    const token = app.tokens.add({ id: "t1" });
    const canary = "canary7f3a";
    const body = JSON.stringify({ tenantId: "acme", value: canary });
    await app.send(`/v1/who?userId=${canary}`, { token, headers: { cookie: canary, "user-agent": canary } });
    await app.send(`/v1/kv/put?${canary}`, { method: "POST", token, body });
    await app.send("/v1/kv/put", { method: "POST", token, body: `${canary}{` });
    await app.send(`/v1/${canary}`, { token });
    await app.send("/v1/who", { token: `hf_${canary}` });
    await app.send("/v1/who", { headers: { authorization: `Basic ${canary}` } });
    expect(lines).toHaveLength(6);
    expect(lines.join("")).not.toContain(canary);
    expect(lines.join("")).not.toContain(token);
    expect(lines.join("")).toContain('"principalId":"t1"');
  });

  it("says why a credential was refused, which the answer does not", async () => {
    const answer = await app.send("/v1/who", { token: "hf_unknown" });
    expect(line()).toMatchObject({ level: 40, code: "UNAUTHENTICATED", reason: expect.stringContaining("revoked") });
    expect(await answer.text()).not.toContain("revoked");
  });

  it("has the cause and the stack of what broke, which the answer does not", async () => {
    const answer = await app.send("/v1/broken", { method: "POST", token: app.tokens.add({}) });
    expect(line()).toMatchObject({
      level: 50,
      status: 500,
      code: "INTERNAL",
      error: {
        name: "TypeError",
        message: "it broke",
        stack: expect.stringContaining("answering-app"),
        cause: { message: "because of this", stack: expect.stringContaining("answering-app") },
      },
    });
    expect(await answer.text()).not.toMatch(/it broke|because of this|answering-app/);
  });

  it("does not tell what drivers add to their errors", async () => {
    app.app.post("/v1/driver", () => {
      throw Object.assign(new Error("duplicate key"), { detail: "Key (id)=(canary) already exists", code: "23505" });
    });
    await app.send("/v1/driver", { method: "POST", token: app.tokens.add({}) });
    expect(lines.join("")).not.toContain("canary");
    expect(line()).toMatchObject({ error: { message: "duplicate key", code: "23505" } });
  });

  it("has the line of a stream once that has ended", async () => {
    let end: ((end: StreamEnd) => void) | undefined;
    app.app.get("/v1/log/tail", (c) => {
      c.set("stream", new Promise((resolve) => (end = resolve)));
      return c.body("");
    });
    await app.send("/v1/log/tail?tenantId=acme", { token: app.tokens.add({}) });
    expect(lines).toEqual([]);
    end?.({ code: "UNAUTHENTICATED", bytesOut: 1234 });
    await Promise.resolve();
    expect(line()).toMatchObject({ route: "/v1/log/tail", status: 200, code: "UNAUTHENTICATED", bytesOut: 1234 });
  });

  it("fails no request where the logger fails", async () => {
    const fail = (): never => {
      throw new Error("disk full");
    };
    const { send, tokens } = answeringApp(db, { logger: { info: fail, warn: fail, error: fail } });
    expect((await send("/v1/who", { token: tokens.add({}) })).status).toBe(200);
  });
});

describe("the id of a request", () => {
  it.each(["a", "A-z_0.9:x", "i".repeat(128)])("is the one that came: %s", async (id) => {
    const answer = await app.send("/v1/who", { headers: { "x-request-id": id } });
    expect(answer.headers.get("x-request-id")).toBe(id);
    expect(await answer.json()).toMatchObject({ error: { requestId: id } });
    expect(line()["requestId"]).toBe(id);
  });

  it.each(["", "i".repeat(129), "a b", 'a"b', "a,b", "é", "a\tb"])("is a new one where %j came", async (id) => {
    const answer = await app.send("/v1/who", { headers: { "x-request-id": id } });
    expect(answer.headers.get("x-request-id")).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    );
  });
});

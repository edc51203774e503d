import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { crossOrigin } from "../../dist/server/access/cross-origin.js";
import { answeringApp } from "./answering-app.js";

let db: Holdfast;

beforeEach(async () => {
  db = await open("memory:");
});

afterEach(() => db.close());

const app = "https://app.example.com";
const asking = {
  origin: app,
  "access-control-request-method": "POST",
  "access-control-request-headers": "authorization,content-type",
};

/** The headers of an answer that let pages do something. */
function allowances({ headers }: Response): object {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
}

describe("a page of another origin", () => {
  it("may do nothing, by default", async () => {
    const { send, tokens } = answeringApp(db);
    expect(allowances(await send("/v1/who", { method: "OPTIONS", headers: asking }))).toEqual({});
    expect(allowances(await send("/v1/who", { token: tokens.add({}), headers: { origin: app } }))).toEqual({});
  });

  it("may call if its origin is one of those that may, and is told so without a token", async () => {
    const { send } = answeringApp(db, { cors: { origins: [app] } });
    const answer = await send("/v1/who", { method: "OPTIONS", headers: asking });
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    expect(allowances(answer)).toEqual({
      "access-control-allow-origin": app,
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "Authorization,Content-Type,Last-Event-ID,X-Request-Id,traceparent,tracestate",
      "access-control-expose-headers": "X-Request-Id,Retry-After",
      "access-control-max-age": "600",
    });
  });

  it("reads answers then, also refusals, and never with cookies", async () => {
    const { send, tokens } = answeringApp(db, { cors: { origins: [app] } });
    for (const token of [tokens.add({}), "hf_wrong"]) {
      const answer = await send("/v1/who", { token, headers: { origin: app } });
      expect(allowances(answer)).toEqual({
        "access-control-allow-origin": app,
        "access-control-expose-headers": "X-Request-Id,Retry-After",
      });
      expect(answer.headers.get("vary")).toBe("Origin");
    }
  });

  it.each(["https://evil.example.com", "http://app.example.com", `${app}:444`, `${app}.evil.example.com`, "null"])(
    "may not if it is %s",
    async (origin) => {
      const { send, tokens } = answeringApp(db, { cors: { origins: [app] } });
      const asked = await send("/v1/who", { method: "OPTIONS", headers: { ...asking, origin } });
      const answer = await send("/v1/who", { token: tokens.add({}), headers: { origin } });
      for (const { headers } of [asked, answer]) expect(headers.has("access-control-allow-origin")).toBe(false);
    },
  );

  it.each(["*", "null", "app.example.com", `${app}/`, `${app}/path`, "https://*.example.com", "ftp://example.com"])(
    "cannot be configured as %s",
    (origin) => {
      expect(() => crossOrigin({ origins: [origin] })).toThrow(/cors\.origins\[0\] must be an origin/);
    },
  );
});

describe("every answer", () => {
  it("has headers that keep browsers and caches from doing more with it", async () => {
    const { send, tokens } = answeringApp(db, { cors: { origins: [app] } });
    const token = tokens.add({});
    const answers = [
      await send("/v1/who", { token }),
      await send("/v1/who"),
      await send("/v1/nothing", { token }),
      await send("/v1/broken", { method: "POST", token }),
      await send("/v1/who", { method: "OPTIONS", headers: asking }),
      await send("/healthz"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 404, 500, 204, 200]);
    for (const { headers } of answers) {
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-request-id": expect.any(String),
      });
    }
  });

  it("keeps what its route said of itself", async () => {
    const { app, send, tokens } = answeringApp(db);
    app.get("/docs", (c) => c.html("<p>", 200, { "Content-Security-Policy": "default-src 'self'" }));
    const answer = await send("/docs", { token: tokens.add({}) });
    expect(answer.headers.get("content-security-policy")).toBe("default-src 'self'");
  });
});

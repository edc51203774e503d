import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authenticator } from "../../dist/server/access/authentication.js";
import type { Principal } from "../../dist/server/access/principal.js";
import { answeringApp } from "./answering-app.js";
import type { Sent } from "./answering-app.js";
import { Issuer } from "./issuer.js";
import { KnownTokens } from "./known-tokens.js";

let db: Holdfast;

beforeEach(async () => {
  db = await open("memory:");
});

afterEach(() => db.close());

/** Status, headers and body of an answer, without what is each request's own. */
async function answerOf(response: Response): Promise<object> {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== "x-request-id"));
  const { error } = (await response.json()) as { error: object };
  return { status: response.status, headers, error: { ...error, requestId: "" } };
}

describe("API tokens", () => {
  it("stand for the principal that they were made for", async () => {
    const { send, tokens } = answeringApp(db);
    const token = tokens.add({ id: "t1", tenantId: "acme", userId: "u1", scopes: ["read"] });
    const response = await send("/v1/who", { token });
    expect(await response.json()).toEqual({ id: "t1", tenantId: "acme", userId: "u1", scopes: ["read"] });
  });

  it("are asked for with each request, so that one that was revoked is refused at once", async () => {
    const { send, tokens } = answeringApp(db);
    const token = tokens.add({});
    expect((await send("/v1/who", { token })).status).toBe(200);
    tokens.revoke(token);
    expect((await send("/v1/who", { token })).status).toBe(401);
  });

  it("are UNAVAILABLE, and not wrong, while their store is down", async () => {
    const { send, tokens } = answeringApp(db);
    tokens.isDown = true;
    expect((await send("/v1/who", { token: tokens.add({}) })).status).toBe(503);
  });
});

describe("a request that shows no valid credential", () => {
  it("gets the same answer whatever is wrong", async () => {
    await using issuer = await Issuer.start();
    const { issuer: iss, audience, jwksUrl } = issuer;
    const { send, tokens } = answeringApp(db, { jwt: { issuer: iss, audience, jwksUrl } });
    const valid = tokens.add({});
    const jwt = await issuer.sign({ tenant_id: "acme" });
    const wrong: readonly Sent[] = [
      {},
      ...[
        "",
        "Bearer",
        "Bearer ",
        `Basic ${valid}`,
        valid,
        `Bearer ${valid} x`,
        `Bearer ${valid}, Bearer ${valid}`,
      ].map((authorization) => ({ headers: { authorization } })),
      { token: "hf_unknown" },
      { token: "hf_" },
      { token: `${valid}x` },
      { token: "not-a-jwt" },
      { token: "a.b.c" },
      { token: `${jwt}x` },
      { token: await issuer.sign({ tenant_id: "acme" }, { expiresAt: 1 }) },
      { token: await issuer.sign({ tenant_id: "acme", aud: "another" }) },
      { token: await issuer.sign({}) },
    ];
    const answers = await Promise.all(wrong.map(async (sent) => answerOf(await send("/v1/who", sent))));
    expect(answers[0]).toMatchObject({
      status: 401,
      headers: { "www-authenticate": "Bearer" },
      error: { code: "UNAUTHENTICATED", details: {}, retryable: false },
    });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    for (const token of [valid, jwt]) expect((await send("/v1/who", { token })).status).toBe(200);
  });

  it("gets it for any route, also for one that does not exist", async () => {
    const { send } = answeringApp(db);
    const answers = await Promise.all(
      ["/v1/who", "/v1/nothing", "/", "/v1/broken"].map(async (path) => answerOf(await send(path))),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

describe("dev mode", () => {
  const operator = { id: "dev", scopes: ["read", "write", "operator"] };

  it.each<[string, Record<string, string>]>([
    ["localhost", { host: "localhost" }],
    ["localhost and a port", { host: "localhost:4040" }],
    ["127.0.0.1", { host: "127.0.0.1:80" }],
    ["[::1]", { host: "[::1]:4040" }],
    ["a page of this machine", { origin: "http://localhost:3000" }],
    ["a page of this machine under another name", { origin: "https://127.0.0.1", "sec-fetch-site": "cross-site" }],
  ])("takes who comes from %s for an operator", async (_, headers) => {
    const { send } = answeringApp(db, { dev: true });
    const response = await send("/v1/who", { headers });
    expect(await response.json()).toEqual(operator);
  });

  it.each<[string, Record<string, string>]>([
    ["a name that was rebound to 127.0.0.1", { host: "evil.example.com" }],
    ["a name that begins as this machine's", { host: "localhost.example.com" }],
    ["a name that ends as this machine's", { host: "evil-localhost" }],
    ["a user that is named like this machine", { host: "localhost@evil.example.com" }],
    ["this machine's name behind a user", { host: "evil@localhost" }],
    ["another address of this machine", { host: "127.0.0.2" }],
    ["127.0.0.1 as a number", { host: "2130706433" }],
    ["every address", { host: "0.0.0.0:4040" }],
    ["no name at all", { host: "" }],
    ["a port that is none", { host: "localhost:x" }],
    ["a page of the web", { origin: "https://evil.example.com" }],
    ["a page of the web whose name begins as this machine's", { origin: "http://localhost.example.com" }],
    ["a page without an origin", { origin: "null" }],
    ["an extension", { origin: "chrome-extension://localhost" }],
    ["a page of the web, as an image of it", { "sec-fetch-site": "cross-site" }],
    ["a proxy", { "x-forwarded-for": "203.0.113.7" }],
    ["a proxy that says so properly", { forwarded: "for=203.0.113.7" }],
  ])("does not take who comes from %s for one", async (_, headers) => {
    const { send } = answeringApp(db, { dev: true });
    expect((await send("/v1/who", { headers })).status).toBe(401);
  });

  it("goes by the URL, too", async () => {
    const authenticate = authenticator(new KnownTokens(), { dev: true });
    await expect(authenticate(new Request("http://evil.example.com/"))).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    expect((await authenticate(new Request("http://localhost:4040/"))).principal).toEqual(operator);
  });

  it("still knows tokens, and refuses wrong ones", async () => {
    const { send, tokens } = answeringApp(db, { dev: true });
    const response = await send("/v1/who", { token: tokens.add({ id: "t1" }), headers: { host: "evil.example.com" } });
    expect(await response.json()).toMatchObject({ id: "t1" });
    expect((await send("/v1/who", { token: "hf_unknown" })).status).toBe(401);
    expect((await send("/v1/who", { headers: { authorization: "" } })).status).toBe(401);
  });

  it("has to be asked for", async () => {
    expect((await answeringApp(db).send("/v1/who")).status).toBe(401);
  });
});

describe("an application's own authentication", () => {
  const ofCookie = ({ headers }: Request): Principal | undefined =>
    headers.get("cookie") === "session=s1" ? { id: "ann", tenantId: "acme", scopes: ["read"] } : undefined;

  it("decides alone", async () => {
    const { send, tokens } = answeringApp(db, { authenticate: ofCookie });
    const response = await send("/v1/who", { headers: { cookie: "session=s1" } });
    expect(await response.json()).toEqual({ id: "ann", tenantId: "acme", scopes: ["read"] });
    expect((await send("/v1/who", { token: tokens.add({}) })).status).toBe(401);
  });

  it.each([
    ["no id", { id: "", tenantId: "acme", scopes: ["read"] }],
    ["a scope that does not exist", { id: "ann", tenantId: "acme", scopes: ["admin"] }],
    ["no tenant, and is no operator", { id: "ann", scopes: ["read"] }],
    ["a user, and is an operator", { id: "ann", userId: "u1", scopes: ["operator"] }],
  ])("lets nobody in who has %s", async (_, principal) => {
    const { send } = answeringApp(db, { authenticate: () => principal as Principal });
    expect((await send("/v1/who")).status).toBe(500);
  });

  it("cannot be mixed with the other ways", () => {
    expect(() => authenticator(new KnownTokens(), { authenticate: ofCookie, dev: true })).toThrow(
      /leave out jwt and dev/,
    );
  });
});

import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { HoldfastError, open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { afterOpening, foreignServer, sendJson, sendText } from "./foreign-server.js";
import type { Respond } from "./foreign-server.js";

const html = "<html><body><h1>Bad Gateway</h1></body></html>";

interface Foreign {
  readonly what: string;
  readonly respond: Respond;
  readonly code: string;
  /** What is known of a write then. */
  readonly outcome: "none" | "unknown";
  /** Whether it is asked again. */
  readonly isAskedAgain: boolean;
}

const unknown = { code: "UNAVAILABLE", outcome: "unknown" } as const;

const foreign: readonly Foreign[] = [
  ...[429, 500, 502, 503, 504].map((status) => ({
    what: `${status} of a proxy`,
    respond: (_: unknown, response: Parameters<Respond>[1]) => sendText(response, status, "text/html", html),
    ...unknown,
    isAskedAgain: true,
  })),
  {
    what: "200 with a part of the JSON",
    respond: (_, response) => sendText(response, 200, "application/json", '{"result":{"outco'),
    ...unknown,
    isAskedAgain: true,
  },
  {
    what: "200 with no body",
    respond: (_, response) => sendText(response, 200, "application/json", ""),
    ...unknown,
    isAskedAgain: true,
  },
  {
    what: "the end of the connection",
    respond: (_, response) => void response.destroy(),
    ...unknown,
    isAskedAgain: true,
  },
  {
    what: "200 with HTML",
    respond: (_, response) => sendText(response, 200, "text/html", html),
    ...unknown,
    isAskedAgain: false,
  },
  {
    what: "200 with the JSON of somebody else",
    respond: (_, response) => sendJson(response, 200, { status: "ok" }),
    ...unknown,
    isAskedAgain: false,
  },
  {
    what: "200 with another result",
    respond: (_, response) => sendJson(response, 200, { result: { outcomes: [], answers: [] } }),
    ...unknown,
    isAskedAgain: false,
  },
  {
    what: "200 with null",
    respond: (_, response) => sendJson(response, 200, null),
    ...unknown,
    isAskedAgain: false,
  },
  {
    what: "404 with text",
    respond: (_, response) => sendText(response, 404, "text/plain", "404 page not found"),
    ...unknown,
    isAskedAgain: false,
  },
  {
    what: "a redirect",
    respond: (_, response) => void response.writeHead(301, { location: "https://elsewhere.example/v1" }).end(),
    ...unknown,
    isAskedAgain: false,
  },
  {
    what: "an error of no known code",
    respond: (_, response) => sendJson(response, 400, { error: { code: "ODD", message: "Odd." } }),
    ...unknown,
    isAskedAgain: false,
  },
  {
    what: "401 of a proxy",
    respond: (_, response) => sendText(response, 401, "text/html", html),
    code: "UNAUTHENTICATED",
    outcome: "none",
    isAskedAgain: false,
  },
  {
    what: "403 of a proxy",
    respond: (_, response) => sendText(response, 403, "text/html", html),
    code: "FORBIDDEN",
    outcome: "none",
    isAskedAgain: false,
  },
];

const rejections: unknown[] = [];
const note = (error: unknown): void => void rejections.push(error);
beforeAll(() => void process.on("unhandledRejection", note));
afterAll(() => {
  process.off("unhandledRejection", note);
  if (rejections.length > 0) throw new AggregateError(rejections, "Rejections that nobody heard of.");
});

/** Long enough for a second attempt. */
const retryForMs = 1_500;

// What is asked again takes its time: all at once.
describe.concurrent.each(foreign)("a server that answers with $what", ({ respond, code, outcome, isAskedAgain }) => {
  it("is not opened", async () => {
    await using server = await foreignServer(respond);
    const error = await failure(open(server.url, { retryForMs }));
    expect(error).toMatchObject({ code, outcome: undefined });
    expect(server.heard.length > 1).toBe(isAskedAgain);
  });

  it("fails a write, a read and the rest with a clear error", async () => {
    await using server = await foreignServer(afterOpening(respond));
    await using db = await open(server.url, { retryForMs });
    const asked = server.heard.length;
    expect(await failure(db.tenant("t").kv.put([], "k", 1))).toMatchObject({ code, outcome });
    expect(server.heard.length - asked > 1).toBe(isAskedAgain);
    expect(await failure(db.tenant("t").kv.get([], "k"))).toMatchObject({ code, outcome: undefined });
  });
});

it("a server that is not reached is not healthy, and is asked once", async () => {
  await using server = await foreignServer(afterOpening((_, response) => sendText(response, 503, "text/html", html)));
  await using db = await open(server.url);
  expect(await db.tenant("t").state.healthCheck()).toBe(false);
  expect(server.heard).toHaveLength(2);
});

describe("a server that cannot be reached", () => {
  it.each([
    { why: "nobody listens", url: () => closedPort(), outcome: "none" },
    { why: "nobody knows it", url: async () => "http://holdfast.invalid:4040", outcome: "none" },
    { why: "it speaks no HTTP", url: () => silentServer(), outcome: "unknown" },
  ])("is said to be UNAVAILABLE where $why, for a write that is $outcome", async ({ url, outcome }) => {
    await using server = await foreignServer(afterOpening((_, response) => void response.destroy()));
    let target = server.url;
    const rerouting = (to: unknown, init?: RequestInit): Promise<Response> =>
      fetch((to as string).replace(server.url, target), init);
    await using db: Holdfast = await open(server.url, { retryForMs: 100, fetch: rerouting });
    target = await url();
    expect(await failure(db.tenant("t").kv.put([], "k", 1))).toMatchObject({ code: "UNAVAILABLE", outcome });
    expect(await failure(open(target, { retryForMs: 100 }))).toMatchObject({ code: "UNAVAILABLE" });
  });

  it("is not asked again where TLS fails, and nothing was sent", async () => {
    await using server = await foreignServer((_, response) => response.end());
    const url = server.url.replace("http:", "https:");
    const error = await failure(open(url, { retryForMs: 600_000 }));
    expect(error).toMatchObject({ code: "UNAVAILABLE", retryable: false });
    expect(error.message).toMatch(/^TLS with https:/);
  });
});

describe("a refusal for now", () => {
  it("is waited for as long as it says, and then asked again", async () => {
    const waits: number[] = [];
    let left = 2;
    const respond: Respond = (_, response) => {
      waits.push(performance.now());
      left -= 1;
      if (left > 0) return refuseForNow(response, { retryAfterMs: 300 });
      return sendJson(response, 200, { result: { answers: [[null]] } });
    };
    await using server = await foreignServer(afterOpening(respond));
    await using db = await open(server.url, { retryForMs: 30_000 });
    expect(await db.tenant("t").kv.get([], "k")).toBeUndefined();
    expect(waits[1]! - waits[0]!).toBeGreaterThanOrEqual(299);
  });

  it.each([
    { what: "of which the end is too far", details: { retryAfterMs: 60_000 } },
    { what: "that is of a quota", details: { retryAfterMs: 1, quota: "rows" } },
  ])("$what is not", async ({ details }) => {
    await using server = await foreignServer(afterOpening((_, response) => refuseForNow(response, details)));
    await using db = await open(server.url, { retryForMs: 10_000 });
    const refused = { code: "RESOURCE_EXHAUSTED", details };
    expect(await failure(db.tenant("t").kv.put([], "k", 1))).toMatchObject({ ...refused, outcome: "none" });
    expect(await failure(db.tenant("t").kv.get([], "k"))).toMatchObject(refused);
    expect(server.heard).toHaveLength(3);
  });
});

describe("a token", () => {
  it.each([
    { status: 401, code: "UNAUTHENTICATED" },
    { status: 403, code: "FORBIDDEN" },
  ])("that is $code is not shown again", async ({ status, code }) => {
    const respond: Respond = (_, response) => sendJson(response, status, { error: { code, message: "No." } });
    await using server = await foreignServer(afterOpening(respond));
    await using db = await open(server.url, { token: "one" });
    expect(await failure(db.tenant("t").kv.put([], "k", 1))).toMatchObject({ code, outcome: "none", message: "No." });
    expect(server.heard).toHaveLength(2);
  });

  it("that a function gives is asked for at each attempt", async () => {
    const respond: Respond = (_, response) =>
      server.heard.length < 4
        ? sendText(response, 503, "text/plain", "")
        : sendJson(response, 200, { result: { answers: [[null]] } });
    await using server = await foreignServer(afterOpening(respond));
    let asked = 0;
    await using db = await open(server.url, { token: async () => `token-${(asked += 1)}` });
    await db.tenant("t").kv.get([], "k");
    expect(server.heard).toEqual([1, 2, 3, 4].map((each) => `Bearer token-${each}`));
  });

  const tokens: readonly { readonly what: string; readonly token: () => string | Promise<string> }[] = [
    { what: "fails", token: () => Promise.reject(new Error("no issuer")) },
    { what: "throws", token: throwing },
    { what: "gives none", token: (() => undefined) as never },
    { what: "gives what is none", token: () => "two words" },
  ];
  it.each(tokens)("of a function that $what: nothing is sent", async ({ token }) => {
    await using server = await foreignServer(afterOpening(() => undefined));
    let isBroken = false;
    await using db = await open(server.url, { token: () => (isBroken ? token() : "good") });
    isBroken = true;
    const error = await failure(db.tenant("t").kv.put([], "k", 1));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", outcome: "none", details: { path: "options.token" } });
    expect(server.heard).toHaveLength(1);
  });
});

it("what was lost and is refused afterwards is unknown", async () => {
  const answers: Respond[] = [
    (_, response) => void response.destroy(),
    (_, response) => sendJson(response, 401, { error: { code: "UNAUTHENTICATED", message: "Expired." } }),
  ];
  await using server = await foreignServer(afterOpening((request, response) => answers.shift()!(request, response)));
  await using db = await open(server.url);
  expect(await failure(db.tenant("t").kv.put([], "k", 1))).toMatchObject({
    code: "UNAUTHENTICATED",
    outcome: "unknown",
  });
});

it("what was answered stays answered where the rest of what was sent with it is lost", async () => {
  const lost = { ok: false, error: { code: "UNAVAILABLE", message: "Busy.", retryable: true, outcome: "none" } };
  const stored = { ok: true, results: [true] };
  const refused = { ok: false, error: { code: "CONFLICT", message: "Moved.", retryable: false, outcome: "none" } };
  const answers: Respond[] = [
    (_, response) => sendJson(response, 200, { result: { outcomes: [lost, stored, lost, refused, lost] } }),
    (_, response) => sendText(response, 404, "text/plain", "gone"),
  ];
  await using server = await foreignServer(afterOpening((request, response) => answers.shift()!(request, response)));
  await using db = await open(server.url);
  const writes = [0, 1, 2, 3, 4].map((key) => db.tenant("t").kv.delete([], String(key)));
  const heard = await Promise.allSettled(writes);
  expect(heard).toMatchObject([
    // Not sent again: what was behind it may count on it.
    { reason: { code: "UNAVAILABLE", outcome: "none" } },
    { value: true },
    { reason: { code: "UNAVAILABLE", outcome: "none" } },
    { reason: { code: "CONFLICT", outcome: "none" } },
    { reason: { code: "UNAVAILABLE", outcome: "unknown", retryable: false } },
  ]);
});

async function failure(call: Promise<unknown>): Promise<HoldfastError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HoldfastError)) throw new Error(`Not a HoldfastError: ${String(error)}`, { cause: error });
  return error;
}

function refuseForNow(response: Parameters<Respond>[1], details: object): void {
  const error = { code: "RESOURCE_EXHAUSTED", message: "Later.", retryable: true, outcome: "none", details };
  sendJson(response, 429, { error });
}

function throwing(): never {
  throw new Error("thrown");
}

async function closedPort(): Promise<string> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

/** What answers with no HTTP, and closes. Ends with the process. */
async function silentServer(): Promise<string> {
  const server = createTcpServer((socket) => socket.on("error", () => undefined).end("SSH-2.0-OpenSSH\r\n")).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines } from "../support/engines.js";
import { maxBodyBytes, openTarget } from "./fuzz/target.js";
import type { Target } from "./fuzz/target.js";

const bomb = gzipSync(" ".repeat(10_000_000));
const json = { "Content-Type": "application/json" };

describe.each(engines.slice(0, 2))("a request that is none, to a server on $name", (engine) => {
  let target: Target;
  let before: string;

  beforeAll(async () => {
    target = await openTarget(engine);
    before = await target.stored();
  });

  afterAll(() => target[Symbol.asyncDispose]());

  it.each(bodies())("of %s is refused by every operation", async (_, bodyOf, headers, statuses) => {
    for (const { path, operationId, example } of target.operations) {
      const answer = await target.post(path, bodyOf(JSON.stringify(example)), headers);
      expect(answer.problem, operationId).toBeUndefined();
      expect(statuses, `${operationId} ${answer.status} ${answer.text}`).toContain(answer.status);
    }
  });

  it("that breaks off anywhere is refused by every operation", async () => {
    for (const { path, operationId, example } of target.operations) {
      const text = JSON.stringify(example);
      for (let seventh = 1; seventh < 7; seventh++) {
        const { status, problem } = await target.post(path, text.slice(0, Math.floor((text.length * seventh) / 7)));
        expect({ status, problem }, operationId).toEqual({ status: 400, problem: undefined });
      }
    }
  });

  it("that has a key twice, in whatever object, is refused by every operation", async () => {
    for (const { path, operationId, example } of target.operations) {
      const text = JSON.stringify(example);
      for (const { index, 1: key } of text.matchAll(/\{("(?:[^"\\]|\\.)*"):/g)) {
        const doubled = `${text.slice(0, index + 1)}${key}:null,${text.slice(index + 1)}`;
        const { status, problem } = await target.post(path, doubled);
        expect({ status, problem }, `${operationId} ${doubled}`).toEqual({ status: 400, problem: undefined });
      }
    }
  });

  it.each([
    "/",
    "//",
    "/v1",
    "/v1/",
    "/v1//kv/get",
    "//v1/kv/get",
    "/v1/kv/get/",
    "/v1/kv/get//",
    "/v1/kv/get%20",
    "/v1/kv%2Fget",
    "/v1/kv%252Fget",
    "/v1/kv/%00get",
    "/v1/%",
    "/v1/%ff",
    "/v1/%c0%af",
    "/v1/%u0041",
    "/v1/kv/get;a=b",
    "/v1/kv.get",
    "/v1/kv/GET",
    "/V1/kv/get",
    "/v1/kv/__proto__",
    "/v1/constructor",
    "/v1/..%2f..%2fetc/passwd",
    "/v1/kv/get/acme",
    `/v1/${"x".repeat(5000)}`,
    "/v2/kv/get",
    "/v1/*",
    "/v1/:name",
  ])("to %s, which is no route, is NOT_FOUND by every method", async (path) => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
      const answer = await target.send(path, { method, ...(method === "POST" && { body: "{}", headers: json }) });
      expect(answer, `${method} ${path}`).toMatchObject({ status: 404, problem: undefined });
    }
  });

  it("by a method that a route does not take is refused with 405", async () => {
    for (const { path } of target.operations) {
      for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
        const answer = await target.send(path, { method });
        expect(answer, `${method} ${path}`).toMatchObject({ status: 405, problem: undefined });
      }
    }
  });

  it.each([
    "",
    "?tenantId=acme",
    "?tenantId=acme&threadId=",
    "?tenantId=acme&threadId=%00",
    "?tenantId=acme&threadId=%ff%00",
    `?tenantId=acme&threadId=${"x".repeat(257)}`,
    "?tenantId=acme&threadId=t&threadId=u",
    "?tenantId=acme&tenantId=globex&threadId=t",
    "?tenantId=&threadId=t",
    "?threadId=t",
    "?tenantId=acme&threadId=t&after=-1",
    "?tenantId=acme&threadId=t&after=1.5",
    "?tenantId=acme&threadId=t&after=x",
    "?tenantId=acme&threadId=t&after=",
    "?tenantId=acme&threadId=t&after=9007199254740993",
    "?tenantId=acme&threadId=t&after=Infinity",
    "?tenantId=acme&threadId=t&extra=1",
    "?tenantId=acme&threadId=t&__proto__=1",
    "?tenantId[]=acme&threadId=t",
    "?tenantId=acme&asUserId=&threadId=t",
  ])("for a tail with the query %j is refused", async (query) => {
    expect(await target.send(`/v1/log/tail${query}`, {})).toMatchObject({ status: 400, problem: undefined });
  });

  it.each(["-1", "1.5", "x", "9007199254740993", "1e3", "0x1", "1, 2"])(
    "for a tail behind the event %j is refused",
    async (id) => {
      const headers = { "Last-Event-ID": id };
      const path = "/v1/log/tail?tenantId=acme&threadId=t";
      expect(await target.send(path, { headers })).toMatchObject({ status: 400, problem: undefined });
    },
  );

  it.each(["0", "now", "1e999", ""])(
    "that sets the clock to %j is FORBIDDEN where there is none to set",
    async (now) => {
      const answer = await target.post("/v1/info", "{}", { ...json, "Holdfast-Now": now });
      expect(answer).toMatchObject({ status: 403, problem: undefined });
    },
  );

  it("stores nothing, as none of those above did", async () => {
    expect(await target.stored()).toBe(before);
  });
});

type Case = [
  name: string,
  body: (example: string) => string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  statuses: readonly number[],
];

function bodies(): readonly Case[] {
  const encodings: readonly [string, (text: string) => Uint8Array][] = [
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ];
  const types = [
    "text/plain",
    "application/json; charset=latin1",
    "application/xml",
    "multipart/form-data; boundary=x",
  ];
  return [
    ...encodings.flatMap(([encoding, compress]): Case[] => [
      [`${encoding} that says so`, compress, { ...json, "Content-Encoding": encoding }, [415]],
      [`${encoding} that does not say so`, compress, json, [400]],
    ]),
    ["a bomb of gzip", () => bomb, { ...json, "Content-Encoding": "gzip" }, [415]],
    ...types.map((type): Case => [type, (text) => text, { "Content-Type": type }, [415]]),
    ["application/x-www-form-urlencoded", () => "a=b", { "Content-Type": "application/x-www-form-urlencoded" }, [415]],
    ["no content type", (text) => Buffer.from(text), {}, [415]],
    ["too many bytes", (text) => text + " ".repeat(maxBodyBytes), json, [413]],
    ["no UTF-8", (text) => Buffer.concat([Buffer.from(text), Buffer.of(0xff)]), json, [400]],
    ["UTF-16", (text) => Buffer.from(text, "utf16le"), json, [400]],
    ["a byte order mark", (text) => `\ufeff${text}`, json, [400]],
    ["two bodies", (text) => `${text}${text}`, json, [400]],
    ["a body and a comment", (text) => `${text} // it`, json, [400]],
    ["brackets without end", () => "[".repeat(100_000), json, [400]],
    ...[
      "",
      " ",
      "null",
      "[]",
      '"x"',
      "5",
      "true",
      "[{}]",
      "undefined",
      "NaN",
      "{",
      "}",
      "{]",
      "{a:1}",
      "{'a':1}",
      "\u0000",
    ].map((text): Case => [JSON.stringify(text), () => text, json, [400]]),
  ];
}

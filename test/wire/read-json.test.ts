import { gzipSync } from "node:zlib";
import { HoldfastError } from "holdfast";
import { describe, expect, it } from "vitest";
import { statusOf } from "../../dist/wire/errors.js";
import { readJson } from "../../dist/wire/strict-json.js";

const maxBytes = 1000;

describe("the body of a request", () => {
  it.each([
    "application/json",
    "application/json; charset=utf-8",
    'Application/JSON;charset="UTF-8"',
    "application/json;",
  ])("is read where it is %s", async (type) => {
    expect(await readJson(post('{"a":"ä"}', { "content-type": type }), { maxBytes })).toEqual({ a: "ä" });
  });

  it.each([
    undefined,
    "text/plain",
    "application/jsonp",
    "text/json",
    "application/json; charset=latin1",
    "application/x-www-form-urlencoded",
    "application/json, text/plain",
    "multipart/form-data; boundary=application/json",
  ])("is refused with 415 where its type is %s", async (type) => {
    const request = post("{}", type === undefined ? {} : { "content-type": type });
    if (type === undefined) request.headers.delete("content-type");
    expect(await refusalOf(request)).toMatchObject({ status: 415, code: "INVALID_ARGUMENT" });
  });

  it.each(["gzip", "br", "deflate", "identity, gzip", "x-unknown"])(
    "is refused with 415 where it is %s",
    async (encoding) => {
      const headers = { "content-type": "application/json", "content-encoding": encoding };
      expect(await refusalOf(post(new Uint8Array(gzipSync("{}")), headers))).toMatchObject({
        status: 415,
        code: "INVALID_ARGUMENT",
      });
    },
  );

  it("is read with the encoding identity", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "identity" };
    expect(await readJson(post("[]", headers), { maxBytes })).toEqual([]);
  });

  it("is refused by its Content-Length before it is read", async () => {
    const request = streamed(endless, { "content-length": String(maxBytes + 1) });
    expect(await refusalOf(request)).toMatchObject({
      status: 413,
      code: "TOO_LARGE",
      details: { limit: maxBytes, size: maxBytes + 1 },
    });
    expect(request.bodyUsed).toBe(false);
  });

  it("is refused without a length as soon as it is too long, though it never ends", async () => {
    let sent = 0;
    const request = streamed(function* () {
      for (;;) {
        sent += 100;
        yield Buffer.alloc(100, " ");
      }
    });
    expect(await refusalOf(request)).toMatchObject({ status: 413, code: "TOO_LARGE" });
    expect(sent).toBeLessThanOrEqual(maxBytes + 300);
  });

  it("is read in pieces, also where one ends within a character", async () => {
    const bytes = Buffer.from('{"a":"€"}');
    const request = streamed(function* () {
      for (const byte of bytes) yield Buffer.of(byte);
    });
    expect(await readJson(request, { maxBytes: bytes.length })).toEqual({ a: "€" });
  });

  it.each(["", " "])("is refused where it is %j", async (body) => {
    expect(await refusalOf(post(body))).toMatchObject({ status: 400, code: "INVALID_ARGUMENT" });
    expect(await refusalOf(new Request("http://x", { method: "POST", headers: json }))).toMatchObject({ status: 400 });
  });

  it("is refused where it breaks off", async () => {
    const request = streamed(function* () {
      yield Buffer.from('{"a":');
      throw new Error("gone");
    });
    expect(await refusalOf(request)).toMatchObject({ status: 499, code: "CANCELLED", outcome: "none" });
  });

  it("is refused with the byte that is no UTF-8", async () => {
    expect(await refusalOf(post(Buffer.from([0x22, 0xff, 0x22])))).toMatchObject({
      status: 400,
      details: { offset: 1 },
    });
  });
});

const json = { "content-type": "application/json" };

function post(body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = json): Request {
  const length = String(Buffer.byteLength(body));
  return new Request("http://x/", { method: "POST", body, headers: { "content-length": length, ...headers } });
}

function* endless(): Generator<Uint8Array> {
  for (;;) yield Buffer.from(" ");
}

function streamed(chunks: () => Generator<Uint8Array>, headers: Readonly<Record<string, string>> = {}): Request {
  const body = ReadableStream.from(chunks()) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return new Request("http://x/", { method: "POST", body, duplex: "half", headers: { ...json, ...headers } });
}

async function refusalOf(request: Request): Promise<object> {
  try {
    await readJson(request, { maxBytes });
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { status: statusOf(error), code: error.code, details: error.details, outcome: error.outcome };
  }
  throw new Error("the body was taken");
}

import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { createHandler } from "holdfast/server";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { errorOf, operator, resultOf, serve, servedEngines } from "./serve.js";

const ndjson = { headers: { "Content-Type": "application/x-ndjson" } };

describe.each(servedEngines)("an export from $name", (engine) => {
  it("is what the contract gives, line by line, and can be imported as it is", async () => {
    await using store = await engine.openTemporary();
    const acme = store.db.tenant("acme");
    await acme.messages.createThread({ id: "th", userId: "ada", title: new Uint8Array([1, 2]) });
    await acme.messages.createMessage({ threadId: "th", role: "user", content: { text: "line\nbreak" } });
    await acme.log.append("th", [{ kind: "note" }, { kind: "note" }]);
    await acme.kv.put(["n"], "k", "v", { userId: "grace" });
    const answer = await serve(store.db)("/v1/export", { tenantId: "acme" });
    expect(answer.headers.get("Content-Type")).toBe("application/x-ndjson");
    const text = answer.body as string;
    expect(parsed(text)).toEqual(await collect(acme.export()));
    const ofAda = await serve(store.db)("/v1/exportUser", { tenantId: "acme", userId: "ada" });
    expect(parsed(ofAda.body as string)).toEqual(await collect(acme.exportUser("ada")));

    const post = serve(store.db);
    expect(await resultOf(post("/v1/import?tenantId=copy&actor=tester", text, ndjson))).toEqual({
      stored: 6,
      skipped: 0,
    });
    expect(await resultOf(post("/v1/import", { tenantId: "copy", records: parsed(text) }))).toEqual({
      stored: 0,
      skipped: 6,
    });
    expect(await collect(store.db.tenant("copy").export())).toEqual(await collect(acme.export()));
  });
});

describe("an export", () => {
  it("of nothing is empty", async () => {
    await using db = await open("memory:");
    expect(await serve(db)("/v1/export", { tenantId: "acme" })).toMatchObject({ status: 200, body: "" });
  });

  it("that fails at once is an error like any other", async () => {
    await using db = await open("memory:");
    expect(await serve(db)("/v1/exportUser", { tenantId: "acme", userId: "\0" })).toMatchObject({
      status: 400,
      body: { error: { code: "INVALID_ARGUMENT", details: { path: "userId" } } },
    });
  });

  it("that fails later ends with a line that says so", async () => {
    const db = await open("memory:");
    await fill(db, 20);
    const logged: object[] = [];
    const note = (line: object): void => void logged.push(line);
    const logger = { info: note, warn: note, error: note };
    const answer = await createHandler(db, { authenticate: () => operator, logger })(exportRequest());
    const reader = answer.body!.getReader();
    const first = await reader.read();
    await db.close();
    const lines = parsed(`${decode(first.value)}${await rest(reader)}`);
    expect(lines[0]).toMatchObject({ type: "entry", key: "key-00" });
    expect(lines.at(-1)).toMatchObject({ error: { code: "CLOSED", requestId: answer.headers.get("X-Request-Id") } });
    expect(logged).toMatchObject([{ route: "/v1/export", status: 200, code: "CLOSED", bytesOut: expect.any(Number) }]);
  });

  it("is fetched as it is read, and no further once nobody reads", async () => {
    await using db = await open("memory:");
    await fill(db, 20);
    const walk = { given: 0, hasEnded: false };
    const answer = await createHandler(watched(db, walk), { authenticate: () => operator })(exportRequest());
    const reader = answer.body!.getReader();
    await reader.read();
    await reader.cancel();
    expect(walk.given).toBeGreaterThan(0);
    expect(walk.given).toBeLessThan(10);
    expect(walk.hasEnded).toBe(true);
  });
});

describe("an import of lines", () => {
  const record = (id: string): string =>
    JSON.stringify({ type: "thread", id, userId: "u", createdAt: 1, updatedAt: 1, revision: 1 });

  it("takes them however they come in pieces", async () => {
    await using db = await open("memory:");
    const bytes = new TextEncoder().encode(`${record("th-1")}\n\r\n${record("th-€")}`);
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(await resultOf(serve(db)("/v1/import?tenantId=t", pieces, ndjson))).toEqual({ stored: 2, skipped: 0 });
    expect(await db.tenant("t").messages.getThread("th-€")).toMatchObject({ id: "th-€" });
  });

  it.each<[string, string | Uint8Array, string, object]>([
    [
      "a line that is no JSON",
      `${record("th-1")}\n{`,
      "?tenantId=t",
      { code: "INVALID_ARGUMENT", details: { path: "records[1]" } },
    ],
    [
      "a line that is no UTF-8",
      Uint8Array.of(0x22, 0xff, 0x22),
      "?tenantId=t",
      { code: "INVALID_ARGUMENT", details: { path: "records[0]" } },
    ],
    [
      "a line that is an error",
      '{"error":{"code":"CLOSED"}}',
      "?tenantId=t",
      { code: "INVALID_ARGUMENT", details: { path: "records[0].type" } },
    ],
    ["a line that is too long", "x".repeat(1001), "?tenantId=t", { code: "TOO_LARGE", details: { limit: 1000 } }],
    ["no tenant", "", "", { code: "INVALID_ARGUMENT", details: { path: "tenantId" } }],
    ["two tenants", "", "?tenantId=t&tenantId=u", { code: "INVALID_ARGUMENT", details: { path: "query.tenantId" } }],
    [
      "an option that is none",
      "",
      "?tenantId=t&limit=1",
      { code: "INVALID_ARGUMENT", details: { path: "options.limit" } },
    ],
    [
      "a time that is none",
      "",
      "?tenantId=t&timeoutMs=soon",
      { code: "INVALID_ARGUMENT", details: { path: "options.timeoutMs" } },
    ],
  ])("with %s is refused", async (_, body, query, error) => {
    await using db = await open("memory:");
    expect(
      await errorOf(serve(db, operator, { maxBodyBytes: 1000 })(`/v1/import${query}`, body, ndjson)),
    ).toMatchObject(error);
  });
});

/** So many entries, of which a chunk of an answer holds two at most. */
async function fill(db: Holdfast, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await db.tenant("acme").kv.put([], `key-${String(index).padStart(2, "0")}`, "x".repeat(60_000));
  }
}

/** The same store, noting how far an export was walked. */
function watched(db: Holdfast, walk: { given: number; hasEnded: boolean }): Holdfast {
  return {
    ...db,
    tenant(id) {
      const tenant = db.tenant(id);
      return {
        ...tenant,
        async *export(options) {
          try {
            for await (const record of tenant.export(options)) {
              walk.given += 1;
              yield record;
            }
          } finally {
            walk.hasEnded = true;
          }
        },
      };
    },
  };
}

function exportRequest(): Request {
  return new Request("http://holdfast.test/v1/export", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"tenantId":"acme"}',
  });
}

async function rest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) text += decode(read.value);
  return text;
}

function decode(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

function parsed(text: string): readonly Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

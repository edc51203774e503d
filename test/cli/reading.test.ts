import { once } from "node:events";
import { createInterface } from "node:readline";
import { open } from "holdfast";
import type { Tenant } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, startCli, temporaryFolder } from "./run-cli.js";

const folder = temporaryFolder();
const inFolder = { cwd: folder.path };
const nasty = "\u001b[31mred\u001b[0m\r\nline two\u202e \u0007";

beforeAll(() => inStore(fill));
afterAll(() => folder[Symbol.dispose]());

async function fill(acme: Tenant): Promise<void> {
  const { messages, log } = acme;
  await messages.createThread({ id: "t1", userId: "ana", title: "Refund" });
  await messages.createMessage({ threadId: "t1", role: "user", content: nasty });
  const parts = [{ type: "tool-call", toolCallId: "c1", toolName: "lookup", args: { order: 7 } }];
  await messages.createMessage({ threadId: "t1", role: "assistant", content: "", parts, executionId: "e1" });
  const result = [{ type: "tool-result", toolCallId: "c1", toolName: "lookup", result: "none", isError: true }];
  await messages.createMessage({ threadId: "t1", role: "tool", parts: result });
  await messages.createMessage({ threadId: "t1", role: "assistant", content: new Uint8Array([1, 2, 3]) });
  await messages.createThread({ id: "日本語-😀", userId: "bo" });
  await messages.createMessage({ threadId: "日本語-😀", role: "user", content: "no title, but words" });
  await messages.createThread({ id: "gone", userId: "bo" });
  await messages.deleteThread("gone");
  await log.append("t1", [
    { kind: "user_message", content: nasty },
    { kind: "tool_call", id: "c1", name: "lookup", input: { text: "x".repeat(5000) } },
    { kind: "odd", a: 1, b: 2 },
  ]);
  await log.archiveBefore("t1", 1);
}

async function inStore<T>(work: (acme: Tenant) => Promise<T>): Promise<T> {
  await using db = await open(`sqlite:${folder.at("holdfast.db")}`);
  return await work(db.tenant("acme"));
}

async function ids(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runCli(["threads", "--tenant", "acme", "--json", ...words], inFolder);
  return stdout === "" ? [] : linesOf(stdout).map((line) => (JSON.parse(line) as { id: string }).id);
}

function linesOf(stdout: string): readonly string[] {
  return stdout.trimEnd().split("\n");
}

describe("threads", () => {
  it("lists the threads of all users, aligned", async () => {
    const { status, stdout } = await runCli(["threads", "--tenant", "acme"], inFolder);
    expect(status).toBe(0);
    const [head, first, second, ...others] = linesOf(stdout);
    expect(others).toEqual([]);
    expect(head).toMatch(/^THREAD +USER +MESSAGES +UPDATED \(UTC\) +TITLE$/);
    expect(first).toMatch(/^t1 +ana +4 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +Refund$/);
    expect(second).toMatch(/^日本語-😀 +bo +1 {2}\S+ \S+Z +no title, but words$/);
    expect(head!.indexOf("USER")).toBe(first!.indexOf("ana"));
    // Four characters that take two columns each.
    expect(head!.indexOf("USER")).toBe(second!.indexOf("bo") + 3);
  });

  it("prints JSON lines, of one user, of so many, with the deleted", async () => {
    expect(await ids()).toEqual(["t1", "日本語-😀"]);
    expect(await ids("--user", "bo")).toEqual(["日本語-😀"]);
    expect(await ids("--limit", "1")).toEqual(["t1"]);
    expect(await ids("--limit", "0")).toEqual([]);
    expect(new Set(await ids("--include-deleted"))).toEqual(new Set(["gone", "t1", "日本語-😀"]));
    expect(await ids("--user", "nobody")).toEqual([]);
  });

  it("says that another tenant has none", async () => {
    const { status, stdout } = await runCli(["threads", "--tenant", "globex"], inFolder);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "No threads in this tenant.\n" });
  });
});

describe("show", () => {
  it("shows every message, and no control character", async () => {
    const { status, stdout } = await runCli(["show", "t1", "--tenant", "acme"], inFolder);
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    for (const part of [
      "Thread   t1",
      "User     ana",
      "Title    Refund",
      "[1] user",
      "\\x1b[31mred",
      "\n    line two\\u{202e}",
    ]) {
      expect(stdout).toContain(part);
    }
    for (const part of ["execution e1", '→ lookup {"order":7}', "✗ lookup none", "<3 bytes>"])
      expect(stdout).toContain(part);
  });

  it("prints one JSON document, exact and safe to look at", async () => {
    const { stdout } = await runCli(["show", "t1", "--tenant", "acme", "--json"], inFolder);
    const { thread, messages } = JSON.parse(stdout) as { thread: object; messages: { content: unknown }[] };
    expect(thread).toMatchObject({ id: "t1", title: "Refund" });
    expect(messages.map(({ content }) => content)).toEqual([nasty, "", "", { $base64: "AQID" }]);
    expect(stdout.trimEnd()).not.toMatch(/\p{Cc}|\u202e/u);
  });

  it.each([
    ["t1", "globex"],
    ["gone", "acme"],
    ["none", "acme"],
  ])("does not find %s of %s", async (thread, tenant) => {
    const { status, stderr } = await runCli(["show", thread, "--tenant", tenant], inFolder);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^holdfast: NOT_FOUND: [^\n]+\n$/);
  });

  it("shows a deleted thread when asked", async () => {
    const { stdout } = await runCli(["show", "gone", "--tenant", "acme", "--include-deleted"], inFolder);
    expect(stdout).toContain("Deleted");
  });
});

describe("log", () => {
  it("prints an entry a line, archived ones too, cut to the width", async () => {
    const { status, stdout } = await runCli(["log", "t1", "--tenant", "acme"], inFolder);
    expect(status).toBe(0);
    const lines = linesOf(stdout);
    expect(lines.map((line) => line.trim().split(/ {2,}/)).map(([ordinal, , kind]) => [ordinal, kind])).toEqual([
      ["1", "user_message"],
      ["2", "tool_call"],
      ["3", "odd"],
    ]);
    expect(stdout).not.toContain("\u001b");
    expect(lines[1]!.endsWith("…")).toBe(true);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
  });

  it("prints JSON lines after an ordinal", async () => {
    const { stdout } = await runCli(["log", "t1", "--tenant", "acme", "--after", "1", "--json"], inFolder);
    const entries = linesOf(stdout).map(
      (line) => JSON.parse(line) as { ordinal: number; event: { input?: { text: string } } },
    );
    expect(entries.map(({ ordinal }) => ordinal)).toEqual([2, 3]);
    expect(entries[0]!.event.input!.text).toHaveLength(5000);
  });

  it("prints nothing where there is nothing after it, or nothing yet", async () => {
    for (const words of [["t1", "--after", "3"], ["日本語-😀"]]) {
      expect(await runCli(["log", ...words, "--tenant", "acme"], inFolder)).toEqual({
        status: 0,
        stdout: "",
        stderr: "",
      });
    }
    expect(await runCli(["log", "t1", "--tenant", "globex"], inFolder)).toMatchObject({ status: 1 });
  });

  it("follows what another process appends, until it is interrupted", async () => {
    const child = startCli(["log", "followed", "--tenant", "acme", "--follow", "--json"], inFolder);
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> =>
      (JSON.parse((await lines.next()).value as string) as { ordinal: number }).ordinal;
    await inStore(async ({ log }) => {
      await log.append("followed", [{ kind: "a" }]);
      expect(await next()).toBe(1);
      await log.append("followed", [{ kind: "b" }, { kind: "c" }]);
      expect([await next(), await next()]).toEqual([2, 3]);
    });
    let stderr = "";
    child.stderr!.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.kill("SIGINT");
    const [status] = (await once(child, "exit")) as [number | null];
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe("stats", () => {
  it("counts what is in the store", async () => {
    const { status, stdout } = await runCli(["stats"], inFolder);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^sqlite by \S+, .*holdfast\.db, \d+\.\d MiB, schema \d+\n/);
    expect(stdout).toMatch(/^tenants +1$/m);
    expect(stdout).toMatch(/^messages +5$/m);
  });

  it("prints one JSON document", async () => {
    const { stdout } = await runCli(["stats", "--json"], inFolder);
    expect(JSON.parse(stdout)).toMatchObject({
      info: { name: "sqlite" },
      stats: { tenants: 1, threads: 3, messages: 5, archivedLogEntries: 1 },
    });
  });
});

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { open } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, temporaryFolder } from "./run-cli.js";
import type { Ran } from "./run-cli.js";
import { fillStore, sampleTenants } from "./sample-store.js";

const folder = temporaryFolder();
let whole: string;

beforeAll(async () => {
  await fillStore(`sqlite:${folder.at("holdfast.db")}`);
  whole = await exportOf(folder.path);
});
afterAll(() => folder[Symbol.dispose]());

async function exportOf(cwd: string, ...words: readonly string[]): Promise<string> {
  const { status, stdout } = await runCli(["export", ...words], { cwd });
  expect(status).toBe(0);
  return stdout;
}

async function importText(cwd: string, text: string | Uint8Array, ...words: readonly string[]): Promise<Ran> {
  return runCli(["import", "-", "--json", ...words], { cwd, input: text });
}

function parsed(text: string): readonly Record<string, unknown>[] {
  return linesOf(text).map((line) => JSON.parse(line) as Record<string, unknown>);
}

function linesOf(text: string): string[] {
  return text.trimEnd().split("\n");
}

describe("export", () => {
  it("has a header, each tenant with its records, and an end that proves that it is whole", () => {
    const lines = parsed(whole);
    expect(lines[0]).toEqual({ holdfast: 1, type: "export" });
    expect(lines.flatMap(({ type, tenant }) => (type === "tenant" ? [tenant] : []))).toEqual(
      sampleTenants.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
    );
    const types = new Set(lines.map(({ type }) => type));
    for (const type of ["thread", "message", "snapshot", "entry", "log", "logEntry"]) expect(types).toContain(type);
    const body = whole.slice(0, whole.lastIndexOf("\n", whole.length - 2) + 1);
    expect(lines.at(-1)).toEqual({
      type: "end",
      tenants: sampleTenants.length,
      records: lines.length - 2 - sampleTenants.length,
      sha256: createHash("sha256").update(body).digest("hex"),
    });
    expect(whole).not.toMatch(/[^\P{Cc}\n]|\u2028/u);
  });

  it("is of one tenant, or of one user of it", async () => {
    const acme = parsed(await exportOf(folder.path, "--tenant", "acme"));
    expect(acme.filter(({ type }) => type === "tenant")).toEqual([{ type: "tenant", tenant: "acme" }]);
    const bo = parsed(await exportOf(folder.path, "--tenant", "acme", "--user", "bo"));
    expect(bo[0]).toEqual({ holdfast: 1, type: "export", user: "bo" });
    expect(bo.map(({ type, id, userId }) => [type, id ?? userId])).toEqual([
      ["export", undefined],
      ["tenant", undefined],
      ["thread", "gone"],
      ["snapshot", "bo"],
      ["end", undefined],
    ]);
  });

  it("says that there was nothing, on standard error", async () => {
    const { status, stdout, stderr } = await runCli(["export", "--tenant", "nobody"], { cwd: folder.path });
    expect(status).toBe(0);
    expect(parsed(stdout).map(({ type }) => type)).toEqual(["export", "end"]);
    expect(stderr).toContain("nothing to export");
  });

  it("goes to a file that appears once it is whole, and replaces the one before", async () => {
    using target = temporaryFolder();
    writeFileSync(target.at("all.jsonl"), "before");
    const words = ["export", "--out", target.at("all.jsonl")];
    const { status, stdout } = await runCli([...words, "--json"], { cwd: folder.path });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ tenants: 3, records: linesOf(whole).length - 5 });
    expect(readFileSync(target.at("all.jsonl"), "utf8")).toBe(whole);
    expect(readdirSync(target.path)).toEqual(["all.jsonl"]);
    expect((await runCli(words, { cwd: folder.path })).stdout).toMatch(/^exported \d+ records of 3 tenants to /);
  });

  it("leaves no file behind where it fails", async () => {
    using target = temporaryFolder();
    const words = ["export", "--tenant", "x".repeat(200), "--out", target.at("a.jsonl")];
    expect(await runCli(words, { cwd: folder.path })).toMatchObject({ status: 1, stdout: "" });
    expect(readdirSync(target.path)).toEqual([]);
    const { status, stderr } = await runCli(["export", "--out", target.at("no/such.jsonl")], { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^holdfast: NOT_FOUND: cannot write [^\n]+\n$/);
  });
});

describe("importing an export", () => {
  it("gives a store whose export is the same, byte for byte, and a second time adds nothing", async () => {
    using target = temporaryFolder();
    const first = await importText(target.path, whole);
    expect(first).toMatchObject({ status: 0, stderr: "" });
    const counts = (ran: Ran): readonly unknown[] =>
      (JSON.parse(ran.stdout) as { tenants: { tenant: string; stored: number; skipped: number }[] }).tenants;
    expect(counts(first)).toHaveLength(3);
    for (const tenant of counts(first)) expect(tenant).toMatchObject({ skipped: 0 });
    expect(await exportOf(target.path)).toBe(whole);

    const second = await importText(target.path, gzipSync(whole));
    for (const tenant of counts(second)) expect(tenant).toMatchObject({ stored: 0 });
    expect(await exportOf(target.path)).toBe(whole);
  });

  it("goes on after what is there, and goes on writing after what was imported", async () => {
    using target = temporaryFolder();
    const lines = linesOf(whole);
    const part = `${lines.slice(0, lines.length - 10).join("\n")}\n`;
    expect(await importText(target.path, part, "--allow-truncated")).toMatchObject({ status: 0 });
    expect(await importText(target.path, whole)).toMatchObject({ status: 0 });
    expect(await exportOf(target.path)).toBe(whole);
    await using db = await open(`sqlite:${target.at("holdfast.db")}`);
    expect(await db.tenant("acme").log.append("t1", [{ kind: "more" }])).toMatchObject({ head: 4 });
  });

  it("renames the tenant where there is one", async () => {
    using target = temporaryFolder();
    const acme = await exportOf(folder.path, "--tenant", "acme");
    expect(await importText(target.path, acme, "--tenant", "beta")).toMatchObject({ status: 0 });
    expect(parsed(await exportOf(target.path)).filter(({ type }) => type === "tenant")).toEqual([
      { type: "tenant", tenant: "beta" },
    ]);
    const refused = await importText(target.path, whole, "--tenant", "beta");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("renames one tenant");
  });

  it("says for people what it did", async () => {
    using target = temporaryFolder();
    const { stdout } = await runCli(["import", "-"], { cwd: target.path, input: whole });
    expect(linesOf(stdout)).toHaveLength(3);
    expect(stdout).toMatch(/^tenant acme: \d+ new records, 0 already there$/m);
    expect(stdout).not.toContain("\u001b");
  });

  it("takes values as large as a store may be configured to hold", async () => {
    using target = temporaryFolder();
    {
      await using db = await open(`sqlite:${target.at("large.db")}`, { maxValueBytes: 4_000_000 });
      await db.tenant("a").kv.put([], "k", "x".repeat(3_000_000));
    }
    const text = await exportOf(target.path, "--store", "sqlite:./large.db");
    expect(await importText(target.path, text)).toMatchObject({ status: 0, stderr: "" });
    expect(await exportOf(target.path)).toBe(text);
  });

  it("refuses what differs from what is there", async () => {
    using target = temporaryFolder();
    await importText(target.path, whole);
    {
      await using db = await open(`sqlite:${target.at("holdfast.db")}`);
      await db.tenant("acme").messages.updateThread("t1", { title: "another" });
    }
    const { status, stderr } = await importText(target.path, whole);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^holdfast: CONFLICT: tenant "acme": [^\n]*"t1"[^\n]*\n$/);
  });

  it("is not for options of transcripts, nor they for its own", async () => {
    using target = temporaryFolder();
    const chat = '{"id":"t1","user_id":"u1","messages":[]}';
    for (const [text, words] of [
      [whole, ["--user", "u1"]],
      [whole, ["--skip-invalid"]],
      [chat, []],
      [chat, ["--tenant", "a", "--allow-truncated"]],
    ] as const) {
      expect(await importText(target.path, text, ...words)).toMatchObject({ status: 2, stdout: "" });
    }
    expect(existsSync(target.at("holdfast.db"))).toBe(false);
  });
});

describe("an export that is not as it was written", () => {
  const without = (index: number): string => linesOf(whole).toSpliced(index, 1).join("\n");

  it.each([
    ["has no last line", () => without(-1), "truncated"],
    ["ends within a line", () => whole.slice(0, whole.length / 2), "truncated"],
    ["lost a line", () => without(5), "lost or gained lines"],
    ["was changed", () => whole.replace("Refund", "Refusal"), "SHA-256"],
  ])("that %s is refused as a whole, unless that is allowed", async (_, damage, says) => {
    using target = temporaryFolder();
    const refused = await importText(target.path, damage());
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toMatch(new RegExp(`^holdfast: INVALID_ARGUMENT: [^\\n]*${says}[^\\n]*\\n$`));
    expect(existsSync(target.at("holdfast.db"))).toBe(false);

    const allowed = await importText(target.path, damage(), "--allow-truncated");
    expect(allowed).toMatchObject({ status: 0, stderr: expect.stringContaining(says) });
    expect((await exportOf(target.path)).length).toBeGreaterThan(1000);
  });

  it.each([
    ["a line that is not JSON", (lines: string[]) => lines.toSpliced(4, 1, "{"), "line 5: "],
    ["a record of no known type", (lines: string[]) => lines.toSpliced(4, 1, '{"type":"x"}'), "line 5: "],
    ["a record before any tenant", (lines: string[]) => lines.toSpliced(1, 1), "line 2: "],
    ["a tenant twice", (lines: string[]) => lines.toSpliced(-1, 0, lines[1]!), "begins a second time"],
    [
      "a tenant whose id is none",
      (lines: string[]) => lines.toSpliced(1, 1, '{"type":"tenant","tenant":""}'),
      "line 2: ",
    ],
    ["lines behind its end", (lines: string[]) => [...lines, ...lines], "follows the end"],
    ["a second header", (lines: string[]) => lines.toSpliced(3, 0, lines[0]!), "line 4: another export"],
    ["a later format", (lines: string[]) => lines.toSpliced(0, 1, '{"holdfast":2,"type":"export"}'), "format 2"],
  ])("with %s is refused with its line", async (_, change, says) => {
    using target = temporaryFolder();
    const text = change(linesOf(whole)).join("\n");
    const { status, stderr } = await importText(target.path, text, "--allow-truncated");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^holdfast: (INVALID_ARGUMENT|UNSUPPORTED): [^\n]+\n$/);
    expect(stderr).toContain(says);
    expect(existsSync(target.at("holdfast.db"))).toBe(false);
  });

  it("with a record that the store refuses names its line", async () => {
    using target = temporaryFolder();
    const text = whole.replace('"revision":', '"revision":-');
    const { status, stderr } = await importText(target.path, text, "--allow-truncated");
    expect(status).toBe(1);
    expect(stderr).toMatch(/INVALID_ARGUMENT: tenant "[^\n]*": line 3: revision /);
  });
});

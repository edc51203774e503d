import { existsSync } from "node:fs";
import { open } from "holdfast";
import type { Holdfast, Token } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, temporaryFolder } from "./run-cli.js";
import type { Ran } from "./run-cli.js";
import { fillStore } from "./sample-store.js";

const folder = temporaryFolder();
const url = `sqlite:${folder.at("holdfast.db")}`;
const run = (...words: readonly string[]): Promise<Ran> => runCli(words, { cwd: folder.path });

beforeAll(() => fillStore(url));
afterAll(() => folder[Symbol.dispose]());

async function inStore<T>(work: (db: Holdfast) => Promise<T>): Promise<T> {
  await using db = await open(url, { sweep: false });
  return work(db);
}

const verify = (secret: string): Promise<Token | undefined> => inStore((db) => db.tokens.verify(secret));

describe("token create", () => {
  it("prints the secret alone, and says beside it that this is the only time", async () => {
    const { status, stdout, stderr } = await run("token", "create", "--tenant", "acme", "--scope", "read,write");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^hf_[\w-]{64}\n$/);
    const token = await verify(stdout.trim());
    expect(token).toEqual({
      id: expect.any(String),
      tenantId: "acme",
      scopes: ["read", "write"],
      createdAt: expect.any(Number),
    });
    expect(stderr).toMatch(/^holdfast: [^\n]*not shown again[^\n]*\n$/);
    expect(stderr).toContain(`holdfast token revoke ${token?.id}`);
  });

  it("binds it to a user, ends it in time, names it, and prints it whole with --json", async () => {
    const words = ["--tenant", "日本語/..", "--user", "ana", "--scope", "read", "--name", "ci", "--json"];
    for (const [expires, ms] of [
      ["30d", 2_592_000_000],
      ["12h", 43_200_000],
      ["90m", 5_400_000],
      ["3600s", 3_600_000],
    ] as const) {
      const earliest = Date.now();
      const { status, stdout } = await run("token", "create", ...words, "--expires", expires);
      const latest = Date.now();
      expect(status).toBe(0);
      const { secret, ...token } = JSON.parse(stdout) as Token & { readonly secret: string };
      expect(token).toMatchObject({ tenantId: "日本語/..", userId: "ana", scopes: ["read"], name: "ci" });
      expect(token.expiresAt! - ms).toBeGreaterThanOrEqual(earliest);
      expect(token.expiresAt! - ms).toBeLessThanOrEqual(latest);
      expect(await verify(secret)).toEqual(token);
    }
  });

  it("makes an operator's for all tenants", async () => {
    const { stdout } = await run("token", "create", "--scope", "operator");
    expect(await verify(stdout.trim())).toMatchObject({ scopes: ["operator"] });
    expect(await verify(stdout.trim())).not.toHaveProperty("tenantId");
  });
});

describe("token list and token revoke", () => {
  it("show what there is without secrets, safe to look at, and end it at once", async () => {
    using other = temporaryFolder();
    const store = ["--store", `sqlite:${other.at("other.db")}`];
    expect(await run("token", "list", ...store)).toMatchObject({ status: 1, stdout: "" });
    expect(existsSync(other.at("other.db"))).toBe(false);
    await fillStore(store[1]!);
    expect((await run("token", "list", ...store)).stdout).toBe("No tokens in this store.\n");
    expect((await run("token", "list", "--json", ...store)).stdout).toBe("");

    const create = ["token", "create", "--scope", "read", "--json", ...store, "--tenant"];
    const made: (Token & { readonly secret: string })[] = [];
    for (const words of [
      ["\u001b[31mred", "--expires", "1d", "--name", "\u001b[2J"],
      ["acme", "--user", "ana"],
    ])
      made.push(JSON.parse((await run(...create, ...words)).stdout) as (typeof made)[number]);

    const list = await run("token", "list", ...store);
    const lines = list.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^ID +TENANT +USER +SCOPES +CREATED \(UTC\) +EXPIRES \(UTC\) +NAME$/);
    expect(lines[1]).toMatch(/^[\w-]{36} +\\x1b\[31mred +read +\d{4}-[-\d :Z]+\\x1b\[2J$/);
    expect(lines[2]).toMatch(/^[\w-]{36} +acme +ana +read +\d{4}-[-\d :]+Z +never$/);
    const { stdout } = await run("token", "list", "--json", ...store);
    const listed = stdout.trimEnd().split("\n");
    expect(listed.map((line) => JSON.parse(line) as Token)).toEqual(made.map(({ secret: _, ...token }) => token));

    const [first, second] = made.map(({ id }) => id) as [string, string];
    expect(await run("token", "revoke", first, ...store)).toEqual({
      status: 0,
      stdout: `revoked ${first}\n`,
      stderr: "",
    });
    expect(await run("token", "revoke", first, ...store)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/^holdfast: NOT_FOUND: [^\n]+\n$/),
    });
    const revoked = await run("token", "revoke", second, "--json", ...store);
    expect(JSON.parse(revoked.stdout)).toEqual({ id: second, revoked: true });
    expect((await run("token", "list", ...store)).stdout).toBe("No tokens in this store.\n");
  });
});

describe("tokens", () => {
  it("are in no list of tenants, no count, no export and no copy", async () => {
    await run("token", "create", "--scope", "read", "--tenant", "nobody", "--user", "ana");
    const all = ["acme", "\\x1b[31mred", "日本語/.."];
    expect((await run("tenants")).stdout.trimEnd().split("\n").toSorted()).toEqual(all.toSorted());
    expect((await run("stats")).stdout).toMatch(/^tenants +3$/m);
    expect((await run("export")).stdout).not.toContain("nobody");
    const copied = await run("copy", "--to", `sqlite:${folder.at("copy.db")}`);
    expect(copied).toMatchObject({ status: 0, stderr: "" });
    await using copy = await open(`sqlite:${folder.at("copy.db")}`, { sweep: false });
    expect((await copy.tokens.list()).items).toEqual([]);
    expect(await run("doctor")).toMatchObject({ status: 0 });
  });

  it("are in a backup, which knows them when it is restored", async () => {
    const { stdout } = await run("token", "create", "--scope", "read", "--tenant", "acme");
    expect(await run("backup", "backup.db")).toMatchObject({ status: 0 });
    await using copy = await open(`sqlite:${folder.at("backup.db")}`, { sweep: false });
    expect(await copy.tokens.verify(stdout.trim())).toMatchObject({ tenantId: "acme" });
  });
});

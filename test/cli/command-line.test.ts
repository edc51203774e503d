import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCli, startCli, temporaryFolder } from "./run-cli.js";

const commands = (
  "serve tenants users threads show log stats usage import export copy backup restore " +
  "erase erasures archive fork sweep doctor check tour"
).split(" ");
const tokenCommands = ["token create", "token list", "token revoke"];
const chat = JSON.stringify({ id: "t1", user_id: "u1", messages: [{ role: "user", content: "Hi" }] });

describe("help", () => {
  it("lists every command", async () => {
    const { status, stdout } = await runCli(["--help"]);
    expect(status).toBe(0);
    for (const command of [...commands, "token"]) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
  });

  it.each([...commands, ...tokenCommands])("of %s has --store, --json and an example", async (command) => {
    const { status, stdout } = await runCli([...command.split(" "), "--help"]);
    expect(status).toBe(0);
    for (const part of ["--store", "--json", "Example:", `holdfast ${command}`]) expect(stdout).toContain(part);
  });

  it.each([[[]], [["token"]]])("is what no command at all gives, as a mistake: %j", async (words) => {
    const { status, stderr } = await runCli(words);
    expect(status).toBe(2);
    expect(stderr).toContain(["Usage: holdfast", ...words].join(" "));
  });

  it("has a version", async () => {
    expect(await runCli(["--version"])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

const badScopes = ["", "admin", "read,", "read,read", "read write"];
const badDurations = ["30", "d", "0d", "-1d", "1.5h", "30 d", "1d12h", "1w", "30D", "1e3s", "99999999999999999d", ""];
const mistakenTokens = [
  ...badScopes.map((scope) => [["--scope", scope], "read,write"] as const),
  ...badDurations.map((expires) => [["--scope", "read", "--expires", expires], "30d, 12h"] as const),
].map(([words, said]): [string[], string] => [["token", "create", "--tenant", "a", ...words], said]);

describe("a mistake on the command line", () => {
  it.each<[string[], string]>([
    ...mistakenTokens,
    [["frobnicate"], "frobnicate"],
    [["threads"], "--tenant"],
    [["threads", "--tenant"], "--tenant"],
    [["threads", "--tenant", "a", "--limit", "many"], "--limit"],
    [["threads", "--tenant", "a", "extra"], "too many arguments"],
    [["log", "t", "--tenant", "a", "--after", "-1"], "--after"],
    [["show", "--tenant", "a"], "thread"],
    [["stats", "--jsno"], "--json"],
    [["check", "memory:", "--mode", "fast"], "--mode"],
    [["export", "--user", "u"], "--tenant"],
    [["copy"], "--to"],
    [["archive", "t", "--tenant", "a", "--before", "all"], "--before"],
    [["fork", "t", "--tenant", "a", "--to", "b"], "--at"],
    [["sweep", "--budget", "-1"], "--budget"],
    [["usage"], "--tenant"],
    [["token", "frobnicate"], "frobnicate"],
    [["token", "create", "--tenant", "a"], "--scope"],
    [["token", "create", "--scope", "read"], "--tenant"],
    [["token", "create", "--scope", "operator", "--tenant", "a"], "--tenant"],
    [["token", "create", "--scope", "operator", "--user", "u"], "--user"],
    [["token", "revoke"], "id"],
    [["token", "revoke", "hf_secret"], "secret"],
  ])("%j is said in one line, with exit code 2", async (words, said) => {
    const { status, stdout, stderr } = await runCli(words);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^holdfast: INVALID_ARGUMENT: [^\n]+\n$/);
    expect(stderr).toContain(said);
  });
});

describe("a refusal", () => {
  it.each([
    [["stats", "--store", "sqlite:./none.db"], "NOT_FOUND"],
    [["threads", "--tenant", "a"], "NOT_FOUND"],
    [["log", "t", "--tenant", "a", "--follow"], "NOT_FOUND"],
    [["stats", "--store", "agents.db"], "INVALID_ARGUMENT"],
    [["stats", "--store", "sqlite:"], "INVALID_ARGUMENT"],
    [["stats", "--store", "postgres://nobody@127.0.0.1:1/x"], "UNAVAILABLE"],
    [["stats", "--store", "postgres://localhost/x?schema=public"], "INVALID_ARGUMENT"],
    [["migrate", "--store", "postgres://nobody@127.0.0.1:1/x"], "UNAVAILABLE"],
    [["tour", "--store", "memory:"], "UNSUPPORTED"],
    [["threads", "--tenant", "", "--store", "memory:"], "INVALID_ARGUMENT"],
    [["threads", "--tenant", "a".repeat(129), "--store", "memory:"], "INVALID_ARGUMENT"],
    [["show", "t", "--tenant", "a", "--store", "memory:"], "NOT_FOUND"],
    [["log", "t", "--tenant", "a", "--store", "memory:"], "NOT_FOUND"],
    [["import", "none.jsonl", "--tenant", "a"], "NOT_FOUND"],
    [["import", ".", "--tenant", "a"], "INVALID_ARGUMENT"],
    [["check", "memory:", "--only", "no/such"], "INVALID_ARGUMENT"],
    [["tenants"], "NOT_FOUND"],
    [["export"], "NOT_FOUND"],
    [["export", "--tenant", "", "--store", "memory:"], "INVALID_ARGUMENT"],
    [["copy", "--to", "memory:"], "NOT_FOUND"],
    [["backup", "b.db"], "NOT_FOUND"],
    [["backup", "b.db", "--store", "memory:"], "UNSUPPORTED"],
    [["restore", "b.db"], "NOT_FOUND"],
    [["restore", "b.db", "--store", "memory:"], "UNSUPPORTED"],
    [["erase", "--tenant", "a", "--all", "--yes"], "NOT_FOUND"],
    [["erase", "--replay", "none.jsonl", "--since", "0", "--yes"], "NOT_FOUND"],
    [["archive", "t", "--tenant", "a", "--store", "memory:"], "NOT_FOUND"],
    [["fork", "t", "--at", "1", "--to", "n", "--tenant", "a", "--store", "memory:"], "NOT_FOUND"],
    [["doctor"], "NOT_FOUND"],
    [["check", "sqlite:./no/such/folder/x.db"], "UNAVAILABLE"],
    [["token", "create", "--tenant", "a", "--scope", "read", "--name", "", "--store", "memory:"], "INVALID_ARGUMENT"],
    [["token", "list"], "NOT_FOUND"],
    [["token", "revoke", "x"], "NOT_FOUND"],
    [["token", "revoke", "x", "--store", "memory:"], "NOT_FOUND"],
  ])("%j is said in one line, with exit code 1, and leaves nothing behind", async (words, code) => {
    using folder = temporaryFolder();
    const { status, stdout, stderr } = await runCli(words, { cwd: folder.path });
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(new RegExp(`^holdfast: ${code}: [^\\n]+\\n$`));
    expect(existsSync(folder.at("holdfast.db"))).toBe(false);
    expect(existsSync(folder.at("none.db"))).toBe(false);
  });

  it("shows where it happened with HOLDFAST_DEBUG=1", async () => {
    const words = ["show", "t", "--tenant", "a", "--store", "memory:"];
    const { status, stderr } = await runCli(words, { env: { HOLDFAST_DEBUG: "1" } });
    expect(status).toBe(1);
    expect(stderr).toContain("show.js");
  });

  it("is not made of control characters of what it quotes", async () => {
    const { stderr } = await runCli(["show", "\u001b[31mred\u001b[0m\n", "--tenant", "a", "--store", "memory:"]);
    expect(stderr).not.toContain("\u001b");
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});

describe("the store", () => {
  it("is --store, else HOLDFAST_URL, else ./holdfast.db", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("chat.jsonl"), chat);
    const words = ["import", "chat.jsonl", "--tenant", "a"];
    const env = { HOLDFAST_URL: "sqlite:./environment.db" };
    for (const [more, options] of [
      [["--store", "sqlite:./option.db"], { env }],
      [[], { env }],
      [[], { env: { HOLDFAST_URL: "" } }],
    ] as const) {
      expect(await runCli([...words, ...more], { cwd: folder.path, ...options })).toMatchObject({ status: 0 });
    }
    for (const name of ["option.db", "environment.db", "holdfast.db"]) expect(existsSync(folder.at(name))).toBe(true);
  });
});

describe("a reader that goes away", () => {
  it("is not an error", async () => {
    using folder = temporaryFolder();
    const messages = Array.from({ length: 3000 }, () => ({ role: "user", content: "x".repeat(500) }));
    writeFileSync(folder.at("long.jsonl"), JSON.stringify({ id: "long", user_id: "u", messages }));
    await runCli(["import", "long.jsonl", "--tenant", "a"], { cwd: folder.path });

    const child = startCli(["show", "long", "--tenant", "a"], { cwd: folder.path });
    let stderr = "";
    child.stderr!.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout!.once("data", () => child.stdout!.destroy());
    const status = await new Promise((resolve) => child.on("exit", resolve));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHandler, settableClock } from "holdfast/server";
import { serve } from "holdfast/server/node";
import type { RunningServer } from "holdfast/server/node";
import { collect } from "../support/collect.js";
import { runCli, temporaryFolder } from "./run-cli.js";

let store: Holdfast;
let server: RunningServer;
let dev: RunningServer;
let token: string;

beforeAll(async () => {
  const clock = settableClock();
  store = await open("memory:", { clock, sweep: false });
  server = await serve(createHandler(store), { port: 0 });
  dev = await serve(createHandler(store, { dev: true, clock }), { port: 0 });
  token = (await store.tokens.create({ scopes: ["operator"] })).secret;
  const acme = store.tenant("acme");
  await acme.messages.createThread({ id: "t1", userId: "u1", title: "Hello" });
  await acme.messages.createMessage({ threadId: "t1", role: "user", content: "hi" });
  await acme.log.append("t1", [{ kind: "note" }, { kind: "note" }]);
});

afterAll(async () => {
  await server.close({ graceMs: 0 });
  await dev.close({ graceMs: 0 });
  await store.close();
});

describe("the command line, on a server", () => {
  it.each([
    ["tenants"],
    ["users", "--tenant", "acme"],
    ["threads", "--tenant", "acme"],
    ["show", "t1", "--tenant", "acme"],
    ["log", "t1", "--tenant", "acme"],
    ["stats"],
    ["usage", "--tenant", "acme"],
    ["export", "--tenant", "acme"],
    ["erasures"],
    ["archive", "t1", "--tenant", "acme", "--before", "1"],
    ["fork", "t1", "--tenant", "acme", "--at", "1", "--to", "t2"],
    ["sweep", "--dry-run"],
    ["doctor"],
    ["token", "list"],
    ["token", "create", "--tenant", "acme", "--scope", "read"],
    ["erase", "--tenant", "acme", "--thread", "t2", "--yes"],
  ])("works: %s", async (...words) => {
    const ran = await runCli([...words, "--store", server.url], { env: { HOLDFAST_TOKEN: token } });
    expect(ran).toMatchObject({ status: 0 });
    expect(ran.stdout).not.toBe("");
  });

  it("copies to and from it", async () => {
    using folder = temporaryFolder();
    const copy = `sqlite:${folder.at("copy.db")}`;
    const from = await runCli(["copy", "--from", server.url, "--to", copy, "--tenant", "acme", "--token", token]);
    expect(from).toMatchObject({ status: 0 });
    const target = await open("memory:", { sweep: false });
    const other = await serve(createHandler(target), { port: 0 });
    const { secret } = await target.tokens.create({ scopes: ["operator"] });
    expect(await runCli(["copy", "--from", copy, "--to", other.url, "--token", secret])).toMatchObject({ status: 0 });
    const between = ["copy", "--from", server.url, "--to", other.url, "--tenant", "acme"];
    const words = [...between, "--token", token, "--to-token", secret];
    expect(await runCli(words)).toMatchObject({ status: 0 });
    expect(await target.tenant("acme").messages.getThread("t1")).toMatchObject({ title: "Hello" });
    const itself = await runCli(["copy", "--from", server.url, "--to", `${server.url}/`, "--token", token]);
    expect(itself.stderr).toMatch(/the same store/);
    await other.close({ graceMs: 0 });
    await target.close();
  });

  it("exports from it and imports into it", async () => {
    const env = { HOLDFAST_TOKEN: token };
    const exported = await runCli(["export", "--tenant", "acme", "--store", server.url], { env });
    const words = ["import", "-", "--tenant", "imported", "--store", server.url];
    expect(await runCli(words, { env, input: exported.stdout })).toMatchObject({ status: 0 });
    expect(await collect(store.tenant("imported").log.loadSince("t1", 0))).toHaveLength(2);
  });

  it.each([["backup", "x.db"], ["restore", "x.db"], ["migrate"], ["tour"]])(
    "says where to run %s",
    async (...words) => {
      const { status, stderr } = await runCli([...words, "--store", server.url]);
      expect(status).toBe(1);
      expect(stderr).toMatch(new RegExp(`UNSUPPORTED: .* run "holdfast ${words[0]}" where its store is`));
    },
  );

  it("says how to say who is calling", async () => {
    const { status, stderr } = await runCli(["tenants", "--store", server.url]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^holdfast: UNAUTHENTICATED: .*--token.*HOLDFAST_TOKEN/);
  });
});

describe("check of a server", () => {
  const counts = async (words: readonly string[]): Promise<unknown> => {
    const { stdout, stderr } = await runCli(["check", ...words, "--only", "leases/", "--json"]);
    return stdout === "" ? stderr : JSON.parse(stdout);
  };

  it("runs what one store can show, and skips what needs to set the time where that is not to be had", async () => {
    const before = await collect(store.listTenants());
    const settable = (await counts([dev.url])) as Record<string, number>;
    const real = (await counts([server.url, "--token", token])) as Record<string, number>;
    expect([settable["failed"], real["failed"]]).toEqual([0, 0]);
    expect(settable["passed"]).toBeGreaterThan(3);
    expect(real["passed"]).toBeGreaterThan(0);
    expect(real["skipped"]).toBeGreaterThan(settable["skipped"]!);
    expect(await collect(store.listTenants())).toEqual(before);
  });

  it("fails once, and not for each rule, for who is nobody or no operator", async () => {
    expect(await counts([server.url])).toMatch(/^holdfast: UNAUTHENTICATED/);
    const bound = await store.tokens.create({ tenantId: "acme", scopes: ["read", "write"] });
    expect(await counts([server.url, "--token", bound.secret])).toMatch(/^holdfast: FORBIDDEN/);
  });
});

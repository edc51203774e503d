import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { open } from "holdfast";
import { describe, expect, it } from "vitest";
import { Issuer } from "../server/issuer.js";
import { answersIn, RawClient } from "../server/raw-client.js";
import { root, runCli, temporaryFolder } from "./run-cli.js";
import type { Ran, TemporaryFolder } from "./run-cli.js";
import { startServer } from "./run-server.js";
import type { ServerProcess } from "./run-server.js";

const guide = readFileSync(path.join(root, "docs", "server.md"), "utf8");
const jwtOptions = ["--jwt-issuer", "https://id.example", "--jwt-audience", "agents"];

describe("holdfast serve", () => {
  it("says in one line where it listens, answers there, and ends with 0 when it is asked to", async () => {
    using folder = temporaryFolder();
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await using server = await startServer(["--dev"], { cwd: folder.path });
      expect(await server.lines(1)).toEqual([
        expect.stringMatching(/^Holdfast serves \S+holdfast\.db at http:\/\/localhost:\d+, in dev mode: .+$/),
      ]);
      expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200);
      expect((await fetch(`http://127.0.0.1:${server.port}/readyz`)).status).toBe(200);
      server.child.kill(signal);
      expect(await server.ended).toBe(0);
    }
  });

  it("says so as JSON", async () => {
    await using server = await startServer(["--json", "--store", "memory:"]);
    const [line] = await server.lines(1);
    expect(JSON.parse(line!)).toEqual({ url: `http://localhost:${server.port}`, port: server.port });
  });

  it("finishes the requests under way before it ends", async () => {
    using folder = temporaryFolder();
    await using server = await startServer(["--dev"], { cwd: folder.path });
    using client = await halfRequest(server);
    server.child.kill("SIGTERM");
    await server.said("SIGTERM");
    expect(answersIn(await client.send("}").ended())).toEqual([expect.objectContaining({ status: 200 })]);
    expect(await server.ended).toBe(0);
  });

  it("ends what has not ended after its grace", async () => {
    using folder = temporaryFolder();
    await using server = await startServer(["--dev", "--grace", "1"], { cwd: folder.path });
    using client = await halfRequest(server);
    server.child.kill("SIGTERM");
    expect(await client.ended()).toBe("");
    expect(await server.ended).toBe(0);
  });

  it("ends at once when it is asked again", async () => {
    using folder = temporaryFolder();
    await using server = await startServer(["--dev", "--grace", "3600000"], { cwd: folder.path });
    using client = await halfRequest(server);
    server.child.kill("SIGINT");
    await server.said("SIGINT");
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(143);
    expect(await client.ended()).toBe("");
  });

  it("ends tails when it is asked to end, and says so to them", async () => {
    using folder = temporaryFolder();
    await using server = await startServer(["--dev", "--grace", "3600000"], { cwd: folder.path });
    const tail = await fetch(`http://127.0.0.1:${server.port}/v1/log/tail?tenantId=acme&threadId=t`);
    server.child.kill("SIGTERM");
    expect(await tail.text()).toMatch(/event: error\ndata: \{"error":\{"code":"CLOSED"/);
    expect(await server.ended).toBe(0);
  });

  it("does what its settings say", async () => {
    await using issuer = await Issuer.start();
    const jwts = ["--jwt-issuer", issuer.issuer, "--jwt-audience", `other,${issuer.audience}`];
    const claims = ["--jwks-url", issuer.jwksUrl, "--jwt-tenant-claim", "org", "--jwt-user-claim", "sub"];
    const others = ["--max-body-bytes", "90", "--cors-origin", "https://app.example.com", "--metrics", "open"];
    const limits = ["--rate-limit", "1", "--burst", "0", "--failed-attempts", "2", "--quota-rows", "0"];
    await using server = await startServer(["--store", "memory:", ...jwts, ...claims, ...others, ...limits]);
    const caller = async (sub: string, token?: string): Promise<Call> => {
      const jwt = token ?? (await issuer.sign({ sub, org: "acme", scope: "read write" }));
      return (path, body) => call(server, path, body, { authorization: `Bearer ${jwt}` });
    };
    const [ana, ben, cem] = [await caller("ana"), await caller("ben"), await caller("cem")];
    expect(await ana("messages/createThread", { thread: { userId: "ana" } })).toMatchObject({
      status: 429,
      text: expect.stringContaining('"quota":"rows"'),
    });
    expect(await ben("messages/getThread", { threadId: "t".repeat(100) })).toMatchObject({ status: 413 });
    const calls = await Promise.all(Array.from({ length: 5 }, () => cem("messages/listThreads", { userId: "cem" })));
    expect(calls.map(({ status }) => status)).toContain(200);
    expect(calls.map(({ status }) => status)).toContain(429);
    const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    const names = [...metrics.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!);
    expect(names).toContain("holdfast_open_tails");
    expect(names.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
    const headers = { origin: "https://app.example.com", "access-control-request-method": "POST" };
    const preflight = await fetch(`http://127.0.0.1:${server.port}/v1/read`, { method: "OPTIONS", headers });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
    const stranger = await caller("", "hf_wrong");
    const failed: number[] = [];
    for (let attempt = 1; attempt <= 3; attempt++) failed.push((await stranger("info", {})).status);
    expect(failed).toEqual([401, 401, 429]);
    await server.said('"route":"/v1/messages/createThread","status":429');
    expect(server.complaints().join("\n")).not.toContain("nobody can call");
  });

  it("lets requests set the time in dev mode, and in no other", async () => {
    using folder = temporaryFolder();
    const { stdout } = await runCli(["token", "create", "--tenant", "acme", "--scope", "write"], { cwd: folder.path });
    const body = { thread: { userId: "ana" }, tenantId: "acme" };
    const headers = { authorization: `Bearer ${stdout.trim()}`, "holdfast-now": "86400000" };
    {
      await using server = await startServer(["--dev"], { cwd: folder.path });
      const { text } = await call(server, "messages/createThread", body, headers);
      expect(text).toContain('"createdAt":86400000,');
    }
    await using server = await startServer(["--log", "none"], { cwd: folder.path });
    expect(await call(server, "messages/createThread", body, headers)).toMatchObject({ status: 403 });
    expect(server.complaints()).toEqual([]);
  });

  it("writes backups where it was told to", async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.at("backups"));
    const env = { HOLDFAST_BACKUPS: "./backups" };
    await using server = await startServer(["--dev"], { cwd: folder.path, env });
    expect(await call(server, "backup", { file: "monday.db" }, {})).toMatchObject({ status: 200 });
    expect(existsSync(folder.at("backups/monday.db"))).toBe(true);
  });

  it("says where nobody could call", async () => {
    using folder = temporaryFolder();
    await using server = await startServer([], { cwd: folder.path });
    await server.said('nobody can call yet: the store has no token. "holdfast token create --tenant TENANT');
    expect((await call(server, "info", {}, {})).text).toContain("Send `Authorization: Bearer <token>`");
    const { stdout } = await runCli(["token", "create", "--scope", "operator"], { cwd: folder.path });
    expect(await call(server, "info", {}, { authorization: `Bearer ${stdout.trim()}` })).toMatchObject({ status: 200 });
  });

  it("has every option in its guide, and nothing else", async () => {
    const { stdout } = await runCli(["serve", "--help"]);
    const helped = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name!);
    const [table] = /^\| option \| variable[^]*?\n\n/m.exec(guide)!;
    const told = [...table.matchAll(/`(--[a-z-]+)`/g)].map(([, name]) => name!);
    const inOrder = (names: readonly string[]): readonly string[] =>
      [...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1));
    expect(inOrder(told)).toEqual(inOrder(helped.filter((name) => name !== "--help")));
    const variables = [...stdout.replaceAll(/\s+/g, " ").matchAll(/else (?:the environment's )?(HOLDFAST_\w+)/g)];
    expect(variables.length).toBeGreaterThan(20);
    expect(variables.map(([, name]) => name!).filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });

  it("refuses a port that is in use", async () => {
    await using server = await startServer(["--store", "memory:"]);
    const ran = await refused(["--store", "memory:", "--port", String(server.port)]);
    expect(ran).toMatchObject({ status: 1, stdout: "" });
    expect(ran.stderr).toMatch(
      new RegExp(`^holdfast: UNAVAILABLE: port ${server.port} of 127.0.0.1 is in use[^\n]+\n$`),
    );
  });

  it.each([
    ["sqlite:./no/such/folder/holdfast.db", "INVALID_ARGUMENT"],
    ["sqlite:.", "INVALID_ARGUMENT"],
    ["postgres://nobody@127.0.0.1:1/x", "UNAVAILABLE"],
  ])("refuses the store %s with %s", async (store, code) => {
    using folder = temporaryFolder();
    const ran = await refused(["--store", store], folder);
    expect(ran).toMatchObject({ status: 1, stdout: "" });
    expect(ran.stderr).toMatch(new RegExp(`^holdfast: ${code}: [^\n]+\n$`));
  });

  it.each([
    [["--dev", "--host", "0.0.0.0"], "dev mode has no authentication"],
    [["--dev", "--host", "::"], "dev mode has no authentication"],
    [["--port", "65536"], "--port must be"],
    [["--port", "http"], "--port"],
    [["--rate-limit", "0"], "--rate-limit"],
    [["--burst", "5"], "--burst needs --rate-limit"],
    [["--jwt-issuer", "https://id.example"], "--jwt-audience"],
    [["--jwt-user-claim", "sub"], "--jwt-issuer"],
    [["--log", "loud"], "--log"],
    [["--cors-origin", "*"], "--cors-origin: "],
    [[...jwtOptions, "--jwks-url", "http://id.example/jwks"], "--jwks-url: "],
    [[...jwtOptions, "--jwks-url", "https://id.example/jwks", "--jwt-algorithms", "HS256"], "--jwt-algorithms: "],
    [["--backups", "./no/such/folder"], "--backups must be"],
    [["--store", "http://localhost:4040"], "--store names a server"],
  ])("refuses %j", async (words, said) => {
    using folder = temporaryFolder();
    const ran = await refused(words, folder);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toMatch(/^holdfast: INVALID_ARGUMENT: [^\n]+\n$/);
    expect(ran.stderr).toContain(said);
  });

  it("takes its settings from the environment, too, and refuses them there", async () => {
    using folder = temporaryFolder();
    const env = { HOLDFAST_PORT: "4o40", HOLDFAST_URL: "memory:" };
    const ran = await runCli(["serve"], { cwd: folder.path, env });
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain("HOLDFAST_PORT");
    await using server = await startServer([], { env: { HOLDFAST_URL: "memory:", HOLDFAST_HOST: "" } });
    expect((await server.lines(1))[0]).toMatch(/^Holdfast serves a store in memory at http:\/\/localhost:\d+$/);
  });
});

describe("the sample", () => {
  it("comes with three lines for a shell that work, and a token that the next start ends", async () => {
    using folder = temporaryFolder();
    const secrets: string[] = [];
    for (let start = 1; start <= 2; start++) {
      await using server = await startServer(["--dev", "--sample"], { cwd: folder.path });
      const { token, calls } = invitation(await server.lines(11));
      secrets.push(token);
      const [threads, message] = calls.slice(0, 2).map((call) => shell(`TOKEN=${token}; ${call}`));
      expect(JSON.parse(threads!)).toMatchObject({ result: { items: [{ id: "ana-orders", userId: "ana" }] } });
      expect(JSON.parse(message!)).toMatchObject({ result: { threadId: "ana-orders", role: "user" } });
      expect(await beginningOf(`TOKEN=${token}; ${calls[2]}`, /"ordinal":12\b/)).toContain("look_up_order");
      const former = shell(`TOKEN=${secrets[0]}; ${calls[0]}`);
      expect(former.includes("UNAUTHENTICATED")).toBe(start === 2);
      server.child.kill("SIGTERM");
      expect(await server.ended).toBe(0);
    }
    await using db = await open(`sqlite:${folder.at("holdfast.db")}`);
    const { items: messages } = await db.tenant("acme").messages.listMessages("ana-orders");
    expect(messages).toHaveLength(12 + 2);
    expect((await db.tenant("globex").messages.listThreads("gus")).items).toHaveLength(1);
  });

  it("is not put beside data that is there", async () => {
    using folder = temporaryFolder();
    {
      await using db = await open(`sqlite:${folder.at("holdfast.db")}`);
      await db.tenant("acme").messages.createThread({ userId: "ana" });
    }
    await using server = await startServer(["--dev", "--sample"], { cwd: folder.path });
    expect((await server.lines(3))[2]).toContain("no sample was loaded");
    const { stdout } = await runCli(["tenants", "--json"], { cwd: folder.path });
    expect(stdout).not.toContain("globex");
  });
});

function refused(words: readonly string[], folder?: TemporaryFolder): Promise<Ran> {
  return runCli(["serve", ...words], { ...(folder && { cwd: folder.path }) });
}

type Call = (path: string, body: object) => Promise<{ readonly status: number; readonly text: string }>;

async function call(
  { port }: ServerProcess,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>>,
): ReturnType<Call> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

/** A request that the server has begun to read, and whose body lacks a brace. */
async function halfRequest({ port }: ServerProcess): Promise<RawClient> {
  const client = await RawClient.connect(port);
  const body = JSON.stringify({ tenantId: "acme", userId: "ana" });
  const head = `POST /v1/messages/listThreads HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`;
  await client.send(head).until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  client.forget();
  return client.send(body.slice(0, -1));
}

function invitation(lines: readonly string[]): { readonly token: string; readonly calls: readonly string[] } {
  const token = lines.map((line) => /^ {2}TOKEN=(\S+)$/.exec(line)?.[1]).find((found) => found !== undefined);
  return { token: token!, calls: lines.filter((line) => line.startsWith("  curl ")).map((line) => line.trim()) };
}

function shell(line: string): string {
  return spawnSync("sh", ["-c", line], { encoding: "utf8" }).stdout;
}

/** What a line prints that does not end by itself, up to what is waited for. */
async function beginningOf(line: string, awaited: RegExp): Promise<string> {
  const child = spawn("sh", ["-c", line.replace("curl", "exec curl")]);
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (awaited.test(printed)) child.kill();
  }
  return printed;
}

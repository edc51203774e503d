import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { root, runCli, temporaryFolder } from "../cli/run-cli.js";
import type { TemporaryFolder } from "../cli/run-cli.js";
import { startServer } from "../cli/run-server.js";
import type { ServerProcess } from "../cli/run-server.js";

const examples = path.join(root, "examples");

describe.skipIf(!isThere("curl"))("examples/curl.sh", () => {
  it("does a turn, follows it, and ends with what was refused", async () => {
    using folder = temporaryFolder();
    const token = await makeToken(folder);
    await using server = await startServer([], { cwd: folder.path });
    const ran = await run("sh", [path.join(examples, "curl.sh"), "t1"], server, token);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    const lines = ran.stdout.trimEnd().split("\n");
    const answers = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    expect(answers).toHaveLength(7);
    expect(answers[3]).toEqual(answers[2]);
    expect(answers[4].result).toMatchObject([
      { items: [{ role: "assistant" }, { role: "user" }] },
      { json: "refunded" },
    ]);
    expect(answers.slice(5).map(({ ordinal, event }) => [ordinal, event.kind])).toEqual([
      [1, "tool_call"],
      [2, "tool_result"],
    ]);
    expect(lines.at(-1)).toBe("ALREADY_EXISTS");
  });

  it("fails, and shows why, where its token is none", async () => {
    using folder = temporaryFolder();
    await using server = await startServer([], { cwd: folder.path });
    const ran = await run("sh", [path.join(examples, "curl.sh")], server, "hf_none");
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('"code":"UNAUTHENTICATED"');
  });
});

describe.skipIf(!isThere("python3"))("examples/client.py", () => {
  it("does a turn, follows it, and ends with what was refused", async () => {
    using folder = temporaryFolder();
    const token = await makeToken(folder);
    await using server = await startServer([], { cwd: folder.path });
    expect(await run("python3", [path.join(examples, "client.py")], server, token)).toEqual({
      status: 0,
      stdout: "once: True\nmessages: 2 order: refunded\nevent: 1 tool_call\nrefused: ALREADY_EXISTS\n",
      stderr: "",
    });
  });

  it("writes once where the answer was lost", async () => {
    using folder = temporaryFolder();
    const token = await makeToken(folder);
    await using server = await startServer([], { cwd: folder.path });
    await using proxy = await losingFirstAnswer(server.port);
    const program =
      'print(db.do("log.append", threadId="t", events=[{"kind": "a"}])["head"], db.call("log.head", threadId="t")["head"])';
    expect(await runPython(program, proxy, token)).toEqual({ status: 0, stdout: "1 1\n", stderr: "" });
    expect(proxy.requests()).toBe(3);
  });

  it("follows a log over a server that is killed: each entry once, in order", async () => {
    using folder = temporaryFolder();
    const token = await makeToken(folder);
    const first = await startServer([], { cwd: folder.path });
    await using following = python('for entry in db.tail("t"): print(entry["ordinal"], flush=True)', first, token);
    await append(first, token, 2);
    expect(await following.lines(2)).toEqual(["1", "2"]);
    await first[Symbol.asyncDispose]();
    await using second = await startServer(["--port", String(first.port)], { cwd: folder.path });
    await append(second, token, 2);
    expect(await following.lines(4)).toEqual(["1", "2", "3", "4"]);
    second.child.kill("SIGTERM");
    expect(await second.ended).toBe(0);
    await using third = await startServer(["--port", String(first.port)], { cwd: folder.path });
    await append(third, token, 1);
    expect(await following.lines(5)).toEqual(["1", "2", "3", "4", "5"]);
  });

  it("gives up at what will not get better", async () => {
    using folder = temporaryFolder();
    await using server = await startServer([], { cwd: folder.path });
    const ran = await runPython('list(db.tail("t"))', server, "hf_none");
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain("HoldfastError: UNAUTHENTICATED: ");
  });
});

interface Listening {
  readonly port: number;
}

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function isThere(command: string): boolean {
  return spawnSync(command, ["--version"]).status === 0;
}

async function makeToken({ path: cwd }: TemporaryFolder): Promise<string> {
  const { stdout } = await runCli(["token", "create", "--tenant", "acme", "--scope", "read,write"], { cwd });
  return stdout.trim();
}

async function run(command: string, words: readonly string[], { port }: Listening, token: string): Promise<Ran> {
  const env = { ...process.env, HOLDFAST_URL: `http://127.0.0.1:${port}`, HOLDFAST_TOKEN: token };
  const child = spawn(command, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}

/** A program with the client of the example, as `db`. */
function programOf(program: string): readonly string[] {
  const imports = `import os, sys; sys.dont_write_bytecode = True; sys.path.insert(0, ${JSON.stringify(examples)}); from client import Holdfast`;
  return ["-c", `${imports}\ndb = Holdfast(os.environ["HOLDFAST_URL"], os.environ["HOLDFAST_TOKEN"])\n${program}`];
}

function runPython(program: string, server: Listening, token: string): Promise<Ran> {
  return run("python3", programOf(program), server, token);
}

interface Following extends AsyncDisposable {
  lines(count: number): Promise<readonly string[]>;
}

function python(program: string, { port }: Listening, token: string): Following {
  const env = { ...process.env, HOLDFAST_URL: `http://127.0.0.1:${port}`, HOLDFAST_TOKEN: token };
  const child = spawn("python3", programOf(program), { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  const printed = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const lines: string[] = [];
  return {
    async lines(count) {
      while (lines.length < count) {
        const { done, value } = await printed.next();
        if (done === true) throw new Error(`it ended after ${lines.length} lines`);
        lines.push(value);
      }
      return lines;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

async function append({ port }: ServerProcess, token: string, count: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/log/append`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ threadId: "t", events: Array.from({ length: count }, () => ({ kind: "step" })) }),
  });
  expect(response.status).toBe(200);
}

interface LosingProxy extends AsyncDisposable, Listening {
  requests(): number;
}

/** Passes requests on, and cuts the connection of the first once the server has answered it. */
async function losingFirstAnswer(port: number): Promise<LosingProxy> {
  let requests = 0;
  const proxy = createServer((request, response) => {
    void passOn(request, port, response, ++requests === 1);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

async function passOn(
  request: IncomingMessage,
  port: number,
  response: ServerResponse,
  isLost: boolean,
): Promise<void> {
  const { authorization = "" } = request.headers;
  const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: await text(request),
  });
  const body = await answer.text();
  if (isLost) response.destroy();
  else response.writeHead(answer.status).end(body);
}

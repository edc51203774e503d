import { describe, expect, it } from "vitest";
import { answersIn, RawClient } from "./raw-client.js";
import { maxBytes, startStandIn } from "./stand-in.js";
import type { StandIn } from "./stand-in.js";

const json = "Content-Type: application/json\r\n";
const get = (path: string, headers: string = ""): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
const post = (body: string, headers: string = json): string =>
  `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
const chunked = `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n${json}\r\n`;

const refusal = (status: number, code: string = "INVALID_ARGUMENT"): object => ({
  status,
  body: {
    error: {
      code,
      message: expect.any(String),
      requestId: expect.any(String),
      details: expect.any(Object),
      retryable: false,
    },
  },
});

describe("a server on Node", () => {
  it.each([
    ["bytes that are no HTTP", "\u0000\u0001\u0002 hello\r\n\r\n", 400],
    ["the start of a TLS connection", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000", 400],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["a method that does not exist", "FROB / HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["a header without a colon", "GET / HTTP/1.1\r\nHost: x\r\nNonsense\r\n\r\n", 400],
    ["a header that goes on in the next line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\u0001\r\n\r\n", 400],
    ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400],
    ["a length that is none", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}", 400],
    ["a length and chunks", chunked.replace("\r\n\r\n", "\r\nContent-Length: 2\r\n\r\n"), 400],
    ["a chunk without a length", `${chunked}zz\r\n{}\r\n0\r\n\r\n`, 400],
    ["headers without end", `GET / HTTP/1.1\r\nHost: x\r\n${"A: b\r\n".repeat(20_000)}`, 431],
    ["one long header", get("/", `A: ${"b".repeat(200_000)}\r\n`), 431],
    ["a long URL", get(`/${"a".repeat(1_000_000)}`), 431],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["a Host that is none", "GET / HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n", 400],
    ["a path that is none", "GET \\..\\ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
    ["CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n", 405],
    ["an expectation", get("/", "Expect: the-unexpected\r\n"), 417],
  ])("refuses %s with an error's body, and goes on", async (_, bytes, status) => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    expect(answersIn(await client.send(bytes).ended())).toEqual([refusal(status)]);
    await expectServing(standIn);
  });

  it.each(["HEAD", "OPTIONS", "TRACE", "DELETE", "PATCH", "QUERY"])("leaves %s to the handler", async (method) => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    const received = await client.send(`${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`).ended();
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const body = received.slice(received.indexOf("\r\n\r\n") + 4);
    expect(body).toBe(method === "HEAD" ? "" : JSON.stringify({ method }));
  });

  it("refuses with 408 headers and bodies that come too slowly", async () => {
    await using standIn = await startStandIn({ headersTimeoutMs: 40, requestTimeoutMs: 80 });
    const slow = ["", "GET / HTTP/1.1\r\nHost:", post("{}").slice(0, -1), `${chunked}5\r\n{`];
    const ends = slow.map(async (start) => {
      using client = await RawClient.connect(standIn.server.port);
      return answersIn(await client.send(start).ended());
    });
    expect(await Promise.all(ends)).toEqual(slow.map(() => [refusal(408)]));
    await expectServing(standIn);
  });

  it("answers requests that come at once in their order, and what is broken behind them last", async () => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    client.send(`${get("/wait")}${post('{"a":1}')}${post("[2]")}\u0000garbage\r\n\r\n`);
    await standIn.until(({ seen }) => seen.length === 3);
    standIn.release();
    expect(answersIn(await client.ended())).toEqual([
      { status: 200, body: { waited: true } },
      { status: 200, body: { got: { a: 1 } } },
      { status: 200, body: { got: [2] } },
      refusal(400),
    ]);
  });

  it("gives up a body that breaks off, and goes on", async () => {
    await using standIn = await startStandIn();
    for (const start of [post("{}").slice(0, -1), `${chunked}5\r\n{`]) {
      using client = await RawClient.connect(standIn.server.port);
      client.send(start);
      const before = standIn.aborted.length;
      await standIn.until(({ seen }) => seen.length > before);
      client.socket.destroy();
      await standIn.until(({ aborted }) => aborted.length > before);
    }
    expect(standIn.errors).toEqual([]);
    await expectServing(standIn);
  });

  it("answers a body that is too long by its length without waiting for it", async () => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${maxBytes + 1}\r\n${json}\r\n`);
    expect(answersIn(await client.until(/\}$/))).toEqual([refusal(413, "TOO_LARGE")]);
  });

  it("answers a body without end once it is too long, and stops to listen to it", async () => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    client.send(chunked);
    const chunk = `1000\r\n${" ".repeat(4096)}\r\n`;
    const flood = (): void => {
      while (client.socket.writable && client.socket.write(chunk));
    };
    client.socket.on("drain", flood);
    flood();
    expect(answersIn(await client.ended())).toEqual([refusal(413, "TOO_LARGE")]);
    await expectServing(standIn);
  });

  it("aborts the signal of a request whose client goes away", async () => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    client.send(get("/wait"));
    await standIn.until(({ seen }) => seen.includes("/wait"));
    client.socket.destroy();
    await standIn.until(({ aborted }) => aborted.includes("/wait"));
    expect(standIn.errors).toEqual([]);
  });

  it("answers 500 without a word of what the handler threw, which is heard elsewhere", async () => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    const received = await client.send(get("/throw", "Connection: close\r\n")).ended();
    expect(answersIn(received)).toEqual([refusal(500, "INTERNAL")]);
    expect(received).not.toMatch(/secret|\.js/);
    expect(standIn.errors).toEqual([expect.objectContaining({ message: "secret" })]);
  });

  it("makes no more of a stream than its client reads, and cuts a client that reads nothing", async () => {
    await using standIn = await startStandIn({ stalledTimeoutMs: 50 });
    using quiet = await RawClient.connect(standIn.server.port);
    using stalled = await RawClient.connect(standIn.server.port);
    quiet.send(get("/quiet", "Connection: close\r\n"));
    stalled.socket.pause();
    stalled.send(get("/stream"));
    await standIn.until(({ streamsOver }) => streamsOver === 1);
    // What the sockets of both sides hold, and a little of our own.
    expect(standIn.produced).toBeGreaterThan(0);
    expect(standIn.produced).toBeLessThan(32_000_000);
    expect(standIn.aborted).toEqual(["/stream"]);
    // The other one had nothing to read for as long, and is still there.
    standIn.release();
    expect(await quiet.ended()).toContain("at last");
  });

  it("cuts one that reads nothing also where that begins late", async () => {
    await using standIn = await startStandIn({ stalledTimeoutMs: 50 });
    using client = await RawClient.connect(standIn.server.port);
    client.send(get("/stream"));
    let read = 0;
    client.socket.on("data", (chunk) => {
      read += chunk.length;
      if (read > 5_000_000) client.socket.pause();
    });
    await standIn.until(({ streamsOver }) => streamsOver === 1);
    expect(read).toBeGreaterThan(5_000_000);
  });

  it("ends a stream whose client goes away", async () => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    await client.send(get("/stream")).until(/\.\.\./);
    client.socket.destroy();
    await standIn.until(({ streamsOver }) => streamsOver === 1);
    expect(standIn.errors).toEqual([]);
  });

  it("closes connections beyond the most that it takes, and takes others once there is room", async () => {
    await using standIn = await startStandIn({ maxConnections: 2 });
    using first = await RawClient.connect(standIn.server.port);
    using second = await RawClient.connect(standIn.server.port);
    await first.send(get("/")).until(/\}$/);
    await second.send(get("/")).until(/\}$/);
    using third = await RawClient.connect(standIn.server.port);
    expect(await third.ended()).toBe("");
    first.socket.destroy();
    for (let received = ""; received === "";) {
      using another = await RawClient.connect(standIn.server.port);
      received = await another.send(get("/", "Connection: close\r\n")).ended();
    }
  });
});

async function expectServing({ server }: StandIn): Promise<void> {
  using client = await RawClient.connect(server.port);
  expect(answersIn(await client.send(post('{"still":"there"}')).until(/\}$/))).toEqual([
    { status: 200, body: { got: { still: "there" } } },
  ]);
}

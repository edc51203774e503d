import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { serve } from "../../dist/server/node.js";
import { answersIn, RawClient } from "./raw-client.js";
import { startStandIn } from "./stand-in.js";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list!.some(({ address }) => address === "::1"));
const never = 3_600_000;

describe("closing a server", () => {
  it("takes no more connections, and ends idle ones and those that never asked", async () => {
    await using standIn = await startStandIn();
    const { server } = standIn;
    using idle = await RawClient.connect(server.port);
    using mute = await RawClient.connect(server.port);
    await idle.send(get("/")).until(/\}$/);
    await server.close({ graceMs: never });
    await Promise.all([idle.ended(), mute.ended()]);
    await expect(RawClient.connect(server.port)).rejects.toThrow("ECONNREFUSED");
  });

  it("lets requests under way end, says that the connection does, and then is done", async () => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    client.send(get("/wait"));
    await standIn.until(({ seen }) => seen.includes("/wait"));
    const closed = standIn.server.close({ graceMs: never });
    standIn.release();
    await closed;
    const received = await client.ended();
    expect(answersIn(received)).toEqual([{ status: 200, body: { waited: true } }]);
    expect(received).toMatch(/^connection: close\r$/im);
    expect(standIn.aborted).toEqual([]);
  });

  it("tells streams to end, and waits until they have", async () => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    await client.send(get("/live")).until(/live/);
    await standIn.server.close({ graceMs: never });
    expect(standIn.streamsOver).toBe(1);
    expect(await client.ended()).toMatch(/live[\s\S]*over\r\n0\r\n\r\n$/);
  });

  it("cuts what has not ended after the grace, and aborts its signal", async () => {
    await using standIn = await startStandIn();
    using client = await RawClient.connect(standIn.server.port);
    client.send(get("/wait"));
    await standIn.until(({ seen }) => seen.includes("/wait"));
    await standIn.server.close({ graceMs: 1 });
    expect(await client.ended()).toBe("");
    await standIn.until(({ aborted }) => aborted.includes("/wait"));
  });

  it("is done once, however often it is asked for", async () => {
    await using standIn = await startStandIn();
    const { server } = standIn;
    await Promise.all([server.close(), server.close({ graceMs: 1 })]);
    await server.close();
  });
});

describe("a server that cannot listen", () => {
  it("says that the port is in use", async () => {
    await using standIn = await startStandIn();
    const { port } = standIn.server;
    await expect(serve(() => new Response(), { port })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining(`port ${port} of 127.0.0.1 is in use`),
    });
  });

  it("says that the address is not of this machine", async () => {
    const options = { port: 0, hostname: "192.0.2.1" };
    await expect(serve(() => new Response(), options)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("a server that listens", () => {
  it("names an address at which it is found", async () => {
    await using standIn = await startStandIn();
    expect(standIn.server.url).toBe(`http://127.0.0.1:${standIn.server.port}`);
    expect(await (await fetch(standIn.server.url)).json()).toEqual({ method: "GET" });
  });

  it.skipIf(!hasIpv6)("names an address of IPv6 in brackets", async () => {
    const server = await serve(() => Response.json("six"), { port: 0, hostname: "::1" });
    expect(await (await fetch(server.url)).json()).toBe("six");
    await server.close();
  });
});

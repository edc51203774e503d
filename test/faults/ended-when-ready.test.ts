import { ok } from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { HoldfastError, open } from "holdfast";
import { expect, test } from "vitest";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase({ canCreateRoles: true });

// Where a server ends a connection that has just been made, what it says comes together with its being ready: before anybody
// who waits for the connection has it. `pg` throws errors that nobody listens for, and the process ends.
test("A connection that is ended in the moment when it is ready does no harm", async () => {
  const storeUrl = (url: string): string => `${url}?role=${database.name}_app`;
  await (await open(storeUrl(database.ownerUrl), { migrate: true, sweep: false })).close();
  const server = await endingServer(new URL(database.ownerUrl), 1);
  try {
    const url = new URL(database.ownerUrl);
    url.port = String((server.address() as AddressInfo).port);
    const refused = await open(storeUrl(url.href), { sweep: false }).then(
      (db) => db.close(),
      (error: unknown) => error,
    );
    ok(refused === undefined || (refused instanceof HoldfastError && refused.code === "UNAVAILABLE"), String(refused));
    await using db = await open(storeUrl(url.href), { sweep: false });
    await db.tenant("a").kv.put(["b"], "c", 1);
    expect(await db.tenant("a").kv.get(["b"], "c")).toBe(1);
  } finally {
    server.close();
    await database[Symbol.asyncDispose]();
  }
});

const ready = Buffer.from("Z\0\0\0\u0005I");
const reason = "SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0";
const fatal = Buffer.concat([Buffer.from("E\0\0\0"), Buffer.from([reason.length + 4]), Buffer.from(reason)]);

/** A proxy that ends so many connections as soon as the server is ready for queries. */
async function endingServer({ hostname, port }: URL, count: number): Promise<Server> {
  let left = count;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.pipe(upstream);
    for (const each of [client, upstream]) each.on("error", () => {});
    upstream.on("close", () => client.destroy());
    upstream.on("data", (chunk: Buffer) => {
      if (left === 0 || !chunk.includes(ready)) {
        client.write(chunk);
        return;
      }
      left -= 1;
      client.end(Buffer.concat([chunk, fatal]));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

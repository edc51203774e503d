import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A proxy in front of a server that cuts each connection after so many bytes of answers. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  /** Connections that were cut. */
  readonly cuts: number;
}

/** `bytes` says of each new connection how much of what the server sends on it comes through. */
export async function cuttingProxy(serverUrl: string, bytes: () => number): Promise<CuttingProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let left = bytes();
    upstream.on("data", (chunk: Buffer) => {
      if (chunk.length <= left) {
        left -= chunk.length;
        client.write(chunk);
        return;
      }
      cuts += 1;
      client.end(chunk.subarray(0, left));
      upstream.destroy();
    });
    client.on("data", (chunk: Buffer) => upstream.write(chunk));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroySoon();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

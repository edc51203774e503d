import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A proxy in front of a server that counts round trips: how often somebody who had an answer asks on. */
export interface CountingProxy extends AsyncDisposable {
  readonly url: string;
  /** Round trips since it was asked last. */
  count(): number;
}

/** How long what is sent waits for more that is sent with it: a round trip of the network. */
const roundTripMs = 20;

export async function countingProxy(serverUrl: string): Promise<CountingProxy> {
  const target = new URL(serverUrl);
  let trips = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let waiting: Buffer[] | undefined;
    client.on("data", (chunk: Buffer) => {
      if (waiting !== undefined) {
        waiting.push(chunk);
        return;
      }
      waiting = [chunk];
      setTimeout(() => {
        trips += 1;
        upstream.write(Buffer.concat(waiting ?? []));
        waiting = undefined;
      }, roundTripMs);
    });
    upstream.on("data", (chunk: Buffer) => client.write(chunk));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("close", () => other.destroy());
      one.on("error", () => other.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(serverUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    count() {
      const counted = trips;
      trips = 0;
      return counted;
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** When a connection is cut: before what has the text in it reaches the server, or once the server has answered its COMMIT. */
export type Cut = "before" | "after";

/** A proxy in front of a server that cuts connections on command. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  /** Cuts the next connection, or so many, that sends all of these texts at once. Resolves once the last is cut. */
  cut(texts: readonly string[], when: Cut, times?: number): Promise<void>;
}

export async function cuttingProxy(serverUrl: string): Promise<CuttingProxy> {
  const target = new URL(serverUrl);
  let armed:
    | { readonly texts: readonly string[]; readonly when: Cut; left: number; readonly done: () => void }
    | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let answered: (() => void) | undefined;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on("data", (chunk: Buffer) => {
      if (armed === undefined || !armed.texts.every((text) => chunk.includes(text))) {
        upstream.write(chunk);
        return;
      }
      const { when, done } = armed;
      armed.left -= 1;
      const isLast = armed.left === 0;
      if (isLast) armed = undefined;
      answered = () => {
        end();
        if (isLast) done();
      };
      if (when === "before") answered();
      else upstream.write(chunk);
    });
    upstream.on("data", (chunk: Buffer) => {
      if (answered === undefined) client.write(chunk);
      else if (chunk.includes("COMMIT\0")) answered();
    });
    for (const each of [client, upstream]) {
      each.on("close", end);
      each.on("error", end);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(serverUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut: (texts, when, times = 1) =>
      new Promise((done) => {
        armed = { texts, when, left: times, done };
      }),
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

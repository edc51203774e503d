import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A server of a store, in a process of its own, with a token for the tenant `acme`. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** What the process has come to, once its garbage is collected. */
  state(): Promise<ServedState>;
}

export interface ServedState {
  /** In megabytes, as is the heap. */
  readonly rss: number;
  readonly heap: number;
  /** Requests that came, streams among them. */
  readonly requests: number;
}

/** What the process says first. */
export interface ServedAddress {
  readonly url: string;
  readonly token: string;
}

const program = fileURLToPath(new URL("./server-process.js", import.meta.url));

/** Serves the store at `storeUrl` on this machine. */
export async function serveStore(storeUrl: string): Promise<Served> {
  const child = fork(program, [storeUrl], { execArgv: ["--expose-gc", ...process.execArgv] });
  const ended = once(child, "exit");
  const { url, token } = await answerOf<ServedAddress>(child, ended);
  return {
    url,
    token,
    state() {
      child.send("state");
      return answerOf<ServedState>(child, ended);
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

async function answerOf<T>(child: ChildProcess, ended: Promise<unknown[]>): Promise<T> {
  const failed = ended.then(([code]) => {
    throw new Error(`The server ended with ${String(code)}.`);
  });
  const [message] = (await Promise.race([once(child, "message"), failed])) as [T];
  return message;
}

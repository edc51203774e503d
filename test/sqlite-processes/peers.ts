import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { sqliteDriver } from "../support/sqlite-driver.js";

/** Processes that have one SQLite file open. Disposing of them closes it in each, and waits until they have ended. */
export interface Peers extends AsyncDisposable {
  /** Lets one of them do a job of `peer.mjs`, and resolves with what the job gives. */
  run(peer: number, job: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Lets all of them do a job at once. */
  runAll(job: string, args: (peer: number) => readonly unknown[]): Promise<readonly unknown[]>;
}

/** Starts `count` processes at once, and resolves when each has the file open. */
export async function startPeers(url: string, count: number): Promise<Peers> {
  const children = Array.from({ length: count }, () =>
    fork(path.join(import.meta.dirname, "peer.mjs"), [JSON.stringify({ url, ...sqliteDriver })]),
  );
  const ended = children.map((child) => once(child, "exit"));
  await Promise.all(children.map(nextMessage));

  const run = async (peer: number, job: string, ...args: readonly unknown[]): Promise<unknown> => {
    const child = children[peer]!;
    const answered = nextMessage(child);
    const sent = new Promise<void>((resolve, reject) => {
      child.send({ job, args }, (error) => (error === null ? resolve() : reject(error)));
    });
    const [{ value, error }] = await Promise.all([answered, sent]);
    if (error !== undefined) throw new Error(`peer ${peer}: ${error}`);
    return value;
  };
  return {
    run,
    runAll: (job, args) => Promise.all(children.map((_, peer) => run(peer, job, ...args(peer)))),
    async [Symbol.asyncDispose]() {
      for (const child of children) if (child.connected) child.disconnect();
      await Promise.all(ended);
    },
  };
}

interface Answer {
  readonly value?: unknown;
  readonly error?: string;
}

async function nextMessage(child: ChildProcess): Promise<Answer> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([message]) => message as Answer),
      once(child, "exit", { signal }).then(([code]) => Promise.reject(new Error(`A peer ended with ${code}.`))),
    ]);
  } finally {
    controller.abort();
  }
}

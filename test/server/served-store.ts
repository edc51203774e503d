import type { Holdfast } from "holdfast";
import { createHandler } from "holdfast/server";
import type { HandlerOptions } from "holdfast/server";
import { serve } from "holdfast/server/node";
import type { RunningServer } from "holdfast/server/node";
import { operator } from "./serve.js";

/** A server on this machine whose tails end when it closes. */
export interface ServedStore extends AsyncDisposable {
  readonly server: RunningServer;
  readonly url: string;
}

/** Serves `db`, to whoever asks, as an operator. The store stays open when the server is closed. */
export async function serveStore(db: Holdfast, options: HandlerOptions & { port?: number } = {}): Promise<ServedStore> {
  const { port = 0, ...given } = options;
  const closing = new AbortController();
  const handler = createHandler(db, { authenticate: () => operator, closing: closing.signal, ...given });
  const server = await serve(handler, { port, onClosing: () => closing.abort(), onError: () => {} });
  return { server, url: server.url, [Symbol.asyncDispose]: () => server.close({ graceMs: 1000 }) };
}

/** Each tail of a store ends with the step that it waits in, a little after who read it has gone. */
export async function untilNoTails(db: Holdfast): Promise<void> {
  while (db.load().tails > 0) await new Promise(setImmediate);
}

import { open } from "holdfast";
import type { Holdfast, OpenOptions } from "holdfast";
import { createHandler } from "holdfast/server";
import type { HandlerOptions } from "holdfast/server";
import { serve } from "holdfast/server/node";

/** A store and a server of it, in this process. */
export interface ServedStore extends AsyncDisposable {
  /** The store itself. */
  readonly inner: Holdfast;
  readonly url: string;
}

/** Serves the store of a URL to whoever asks, as an operator, unless `handling` says otherwise. */
export async function serveStore(
  storeUrl: string = "memory:",
  options: OpenOptions = {},
  handling: HandlerOptions = {},
): Promise<ServedStore> {
  const inner = await open(storeUrl, { sweep: false, ...options });
  const closing = new AbortController();
  const handler = createHandler(inner, {
    authenticate: () => ({ id: "whoever asks", scopes: ["operator"] }),
    closing: closing.signal,
    ...handling,
  });
  const server = await serve(handler, { port: 0, onClosing: () => closing.abort() });
  return {
    inner,
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.close({ graceMs: 0 });
      await inner.close();
    },
  };
}

// Serves a store as `holdfast serve` does, and says where and with which token. Ends when whoever started it disconnects.
import { open } from "holdfast";
import { createHandler } from "holdfast/server";
import { serve } from "holdfast/server/node";
import type { ServedAddress, ServedState } from "./served.js";

const megabyte = 1_048_576;
const db = await open(process.argv[2]!);
const { secret } = await db.tokens.create({ tenantId: "acme", scopes: ["read", "write"] });
const stopping = new AbortController();
const handler = createHandler(db, { closing: stopping.signal, tails: { perPrincipal: 10_000 } });
let requests = 0;
const counting: typeof handler = (request, env) => {
  requests++;
  return handler(request, env);
};
const server = await serve(counting, { port: 0, replaceGlobals: true, onClosing: () => stopping.abort() });
process.on("message", () => process.send?.(state()));
process.once("disconnect", () => void close());
process.send?.({ url: server.url, token: secret } satisfies ServedAddress);

function state(): ServedState {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss: rss / megabyte, heap: (heapUsed + external) / megabyte, requests };
}

async function close(): Promise<void> {
  await server.close({ graceMs: 1000 });
  await db.close();
}

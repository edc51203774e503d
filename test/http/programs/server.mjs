// Serves a store to whoever asks, as an operator: `server.mjs URL PORT`. Ends gently on SIGTERM.
import { open } from "holdfast";
import { createHandler } from "holdfast/server";
import { serve } from "holdfast/server/node";

const [url, port] = process.argv.slice(2);
const db = await open(url, { sweep: false });
const closing = new AbortController();
const handler = createHandler(db, {
  authenticate: () => ({ id: "whoever asks", scopes: ["operator"] }),
  closing: closing.signal,
});
const server = await serve(handler, { port: Number(port), onClosing: () => closing.abort() });
process.once("SIGTERM", () => void server.close().then(() => db.close()));
console.log(server.port);

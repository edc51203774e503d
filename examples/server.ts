// A server of your own on Node, and a client of it. The client would be in another process, or on another machine.
import { open } from "holdfast";
import { createHandler } from "holdfast/server";
import { serve } from "holdfast/server/node";

const store = await open("sqlite:./agents.db");
const closing = new AbortController();
const handler = createHandler(store, { isDraining: () => closing.signal.aborted, closing: closing.signal });
const server = await serve(handler, { port: 0, onClosing: () => closing.abort() });

const { secret } = await store.tokens.create({ tenantId: "acme", scopes: ["read", "write"] });
{
  await using db = await open(server.url, { token: secret });
  const acme = db.tenant("acme");
  const thread = await acme.messages.createThread({ userId: "u1" });
  await acme.log.append(thread.id, [{ kind: "plan", steps: 2 }]);
  for await (const { ordinal, event } of acme.log.tail(thread.id)) {
    console.log(ordinal, event.kind);
    break;
  }
}

// As on SIGTERM: tails end, requests under way are finished, and then the store is closed.
await server.close({ graceMs: 10_000 });
await store.close();

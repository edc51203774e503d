// The server as a part of a Hono application, which knows its users already.
import { Hono } from "hono";
import { open } from "holdfast";
import { createHandler } from "holdfast/server";
import type { Principal } from "holdfast/server";
import { serve } from "holdfast/server/node";

const store = await open("sqlite:./agents.db");
const handler = createHandler(store, { basePath: "/api/holdfast", authenticate: principalOf });

const app = new Hono();
app.get("/", (c) => c.text("an application\n"));
app.all("/api/holdfast/*", (c) => handler(c.req.raw, c.env as object));

const server = await serve((request, connection) => app.fetch(request, connection), { port: 0 });
{
  await using db = await open(`${server.url}/api/holdfast`, { token: "session-of-ana" });
  const ana = db.tenant("acme").user("ana");
  await ana.messages.createThread({ userId: "ana" });
  console.log((await ana.messages.listThreads("ana")).items.length);
}
await server.close();
await store.close();

/** Who makes a request, by the sessions of the application: here there is only one. */
function principalOf(request: Request): Principal | undefined {
  if (request.headers.get("authorization") !== "Bearer session-of-ana") return undefined;
  return { id: "ana", tenantId: "acme", userId: "ana", scopes: ["read", "write"] };
}

import { createHandler } from "holdfast/server";
import type { Handler } from "holdfast/server";
import { store } from "../../../../lib/store";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

const closing = new AbortController();
// Next waits for what is under way before it ends, and a tail would be for ever.
process.once("SIGTERM", () => closing.abort());

let handler: Promise<Handler> | undefined;

async function handle(request: Request): Promise<Response> {
  handler ??= store().then((db) => createHandler(db, { basePath: "/api/holdfast", closing: closing.signal }));
  return (await handler)(request);
}

export { handle as GET, handle as POST, handle as OPTIONS };

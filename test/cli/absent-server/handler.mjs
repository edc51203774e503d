import { randomUUID } from "node:crypto";

/** As much of a handler as the tests of the command line need. */
export function createHandler(db, { isDraining, stopping }) {
  db.tokens ??= tokensOf(db);
  return async (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/healthz") return new Response("ok\n");
    if (url.pathname === "/readyz") return new Response("", { status: isDraining() ? 503 : 200 });
    const token = await db.tokens.verify(request.headers.get("authorization")?.slice("Bearer ".length) ?? "");
    const body = request.method === "POST" ? JSON.parse(await request.text()) : {};
    const tenantId = token?.tenantId ?? body.tenantId;
    if (tenantId === undefined) return Response.json({ error: { code: "UNAUTHENTICATED" } }, { status: 401 });
    return answer(db.tenant(tenantId), url, body, AbortSignal.any([request.signal, stopping]));
  };
}

async function answer(tenant, url, body, signal) {
  switch (url.pathname) {
    case "/v1/messages/listThreads": {
      const { items } = await tenant.messages.listThreads(body.userId);
      return Response.json({ result: { items } });
    }
    case "/v1/messages/createMessage": {
      const { content, ...message } = body.message;
      return Response.json({ result: await tenant.messages.createMessage({ ...message, content: content.json }) });
    }
    case "/v1/log/tail":
      return new Response(events(tenant, url.searchParams, signal), {
        headers: { "Content-Type": "text/event-stream" },
      });
    default:
      return Response.json({ error: { code: "NOT_FOUND" } }, { status: 404 });
  }
}

function events(tenant, parameters, signal) {
  const tail = tenant.log.tail(parameters.get("threadId"), { after: Number(parameters.get("after")), signal });
  return ReadableStream.from(
    (async function* () {
      for await (const entry of tail)
        yield new TextEncoder().encode(`id: ${entry.ordinal}\ndata: ${JSON.stringify(entry)}\n\n`);
    })(),
  );
}

/** Tokens in the store itself, so that another process finds them. */
function tokensOf(db) {
  const kept = db.tenant("tokens of the stand-in").kv;
  const namespace = ["tokens"];
  return {
    async create(token) {
      const id = randomUUID();
      const secret = `hf_${id}`;
      await kept.put(namespace, secret, { id, ...token });
      return { id, secret, ...token };
    },
    verify: (secret) => (secret === "" ? undefined : kept.get(namespace, secret)),
    async *list() {
      for await (const { value } of kept.entries(namespace)) yield value;
    },
    revoke: (id) => kept.delete(namespace, `hf_${id}`),
  };
}

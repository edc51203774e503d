import { setMaxListeners } from "node:events";
import type { Context, Hono } from "hono";
import { HoldfastError } from "../../contract/index.js";
import type { Holdfast } from "../../contract/index.js";
import { identifier, invalid } from "../../core/arguments.js";
import { toErrorBody } from "../../wire/errors.js";
import { parseBody } from "../../wire/refusal.js";
import { tailQuery } from "../../wire/tail-query.js";
import { checkScope, storesFor, tenantFor } from "../access/access.js";
import { toShow } from "../error-answer.js";
import { eventStream } from "./event-stream.js";
import type { PrincipalWatches } from "../access/principal-watches.js";
import { queryOf } from "../calls/query-string.js";
import { refuseMethod } from "../refuse-method.js";
import type { ServerEnv, StreamEnd } from "../request-variables.js";
import type { TailLimit } from "../access/tail-limit.js";

export interface TailOptions {
  /** A comment is sent where nothing else was for so long; 15 seconds by default. */
  readonly heartbeatMs?: number | undefined;
  /** A tail is ended where its reader has taken nothing for so long; 30 seconds by default. */
  readonly stalledMs?: number | undefined;
  /** Ends every tail when it is aborted, so that a server that closes need not wait for them. */
  readonly closing?: AbortSignal | undefined;
}

/** What tails need of the server. */
export interface Tailing extends TailOptions {
  readonly db: Holdfast;
  readonly tails: TailLimit;
  readonly watches: PrincipalWatches;
}

const path = "/v1/log/tail";

/** Adds the route that follows a log: Server-Sent Events, behind the ordinal of `Last-Event-ID` or `after`. */
export function addTail(app: Hono<ServerEnv>, server: Tailing): void {
  if (server.closing !== undefined) setMaxListeners(0, server.closing);
  const refuse = refuseMethod("GET");
  // What answers GET answers HEAD as well, and nobody would read or close the stream of that.
  app.get(path, (c) => (c.req.raw.method === "HEAD" ? refuse() : openTail(c, server)));
  app.all(path, refuse);
}

function openTail(c: Context<ServerEnv>, server: Tailing): Response {
  const { heartbeatMs = 15_000, stalledMs = 30_000 } = server;
  const principal = c.get("principal");
  checkScope(principal, { scope: "read", level: "stores" });
  const { threadId, after = 0, ...of } = parseBody(tailQuery, queryOf(c.req.url, ["after"]));
  // An error, and not a stream that ends with one.
  identifier(threadId, "threadId");
  const stores = storesFor(server.db, principal, of);
  c.set("tenantId", tenantFor(principal, of.tenantId));
  const from = lastEventId(c.req.header("last-event-id")) ?? after;
  const { end, over } = admitted(c, server);
  let tellEnd: (end: StreamEnd) => void = over;
  let failure: unknown;
  c.set("stream", new Promise((resolve) => (tellEnd = resolve)));
  const stream = eventStream(stores.log.tail(threadId, { after: from }), {
    heartbeatMs,
    stalledMs,
    end,
    failed(error) {
      failure = error;
      const shown = toShow(error);
      return { code: shown.code, text: JSON.stringify(toErrorBody(shown, c.get("requestId"))) };
    },
    ended(how) {
      over();
      tellEnd({ ...how, error: failure });
    },
  });
  // Proxies that gather answers would keep events back.
  return new Response(stream, { headers: { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" } });
}

/** Counts a tail, and says when it has to end: its client has gone, may no longer, or the server closes. */
function admitted(
  c: Context<ServerEnv>,
  { tails, watches, closing }: Tailing,
): { readonly end: AbortSignal; over(): void } {
  const principal = c.get("principal");
  const release = tails.acquire(principal);
  const watch = watches.watch({ principal, credential: c.get("credential") });
  const end = new AbortController();
  const stopListening = [
    onAbort(c.req.raw.signal, () => end.abort()),
    onAbort(watch.signal, () => end.abort(watch.signal.reason)),
    onAbort(closing, () => end.abort(isClosing())),
  ];
  return {
    end: end.signal,
    over() {
      for (const stop of stopListening) stop();
      watch.release();
      release();
    },
  };
}

function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal?.aborted === true) listener();
  signal?.addEventListener("abort", listener);
  return () => signal?.removeEventListener("abort", listener);
}

/** The ordinal behind which an `EventSource` goes on; it sends the id of the last event that it has, as it was. */
function lastEventId(header: string | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  const ordinal = Number(header);
  if (/^\d{1,16}$/.test(header) && Number.isSafeInteger(ordinal)) return ordinal;
  throw invalid("headers.last-event-id", "must be the id of an event of this stream: an ordinal.");
}

function isClosing(): HoldfastError {
  return new HoldfastError("CLOSED", "The server is closing. Come back with the id of the last event.", {
    retryable: true,
  });
}

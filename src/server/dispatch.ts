import type { Holdfast } from "../contract/index.js";
import { encoded } from "../wire/results.js";
import { parseBody } from "../wire/refusal.js";
import type { Body, Route } from "../wire/route.js";
import { readJson } from "../wire/strict-json.js";
import { checkScope, handleFor } from "./access.js";
import { readImport } from "./import-body.js";
import { ndjsonAnswer } from "./ndjson.js";
import type { Principal } from "./principal.js";

/** A request to a route, from somebody who is known. */
export interface Incoming {
  readonly request: Request;
  readonly requestId: string;
  readonly principal: Principal;
}

/** Answers a request to a route, or rejects with the error that is its answer. */
export async function answer(
  db: Holdfast,
  route: Route,
  { request, requestId, principal }: Incoming,
  maxBodyBytes: number,
): Promise<Response> {
  const arrivedAt = Date.now();
  checkScope(principal, route);
  const given = route.name === "import" ? readImport(request, maxBodyBytes) : readJson(request, maxBodyBytes);
  const body = parseBody(route.body, await given);
  const handle = handleFor(db, principal, route, body);
  const options = contractOptions(body["options"] as Body | undefined, arrivedAt, request.signal);
  const result = route.call(handle as never, body, options);
  if (route.kind === "walk") return ndjsonAnswer(result as AsyncIterator<unknown>, requestId);
  return Response.json({ result: encoded(route.result, await result) });
}

/** The contract's options: what remains becomes a deadline, and the end of the connection the signal. */
function contractOptions(given: Body | undefined, arrivedAt: number, signal: AbortSignal): Body {
  const { timeoutMs, ...options } = given ?? {};
  return { ...options, ...(timeoutMs !== undefined && { deadline: arrivedAt + Number(timeoutMs) }), signal };
}

import type { Context } from "hono";
import type { Holdfast } from "../../contract/index.js";
import { encoded } from "../../wire/results.js";
import { parseBody } from "../../wire/refusal.js";
import type { Body, Route } from "../../wire/route.js";
import { readJson } from "../../wire/strict-json.js";
import { checkScope, handleFor, tenantFor } from "../access/access.js";
import { amountOfCall } from "../access/amounts.js";
import { contractOptions } from "./contract-options.js";
import { readImport } from "./import-body.js";
import { ndjsonAnswer } from "./ndjson.js";
import type { TenantQuotas } from "../access/quotas.js";
import type { ServerEnv } from "../request-variables.js";

/** What every route needs of the server. */
export interface Dispatching {
  readonly db: Holdfast;
  readonly maxBodyBytes: number;
  readonly quotas?: TenantQuotas;
}

/** Answers a request to a route, or rejects with the error that is its answer. */
export async function answer(
  { db, maxBodyBytes, quotas }: Dispatching,
  route: Route,
  c: Context<ServerEnv>,
): Promise<Response> {
  const arrivedAt = Date.now();
  const request = c.req.raw;
  const principal = c.get("principal");
  checkScope(principal, route);
  const isImport = route.name === "import";
  const given = await (isImport ? readImport(request, maxBodyBytes) : readJson(request, { maxBytes: maxBodyBytes }));
  const body = parseBody(route.body, given);
  const handle = handleFor(db, principal, route, body);
  const options = contractOptions(body["options"] as Body | undefined, arrivedAt, request.signal);
  if (route.level === "instance") return toAnswer(route, await route.call(handle as never, body, options));
  const tenantId = tenantFor(principal, body["tenantId"] as string | undefined);
  c.set("tenantId", tenantId);
  if (quotas === undefined) return callRoute(route, handle, body, options, c);
  if (isImport) {
    const records = withinQuota(quotas, tenantId, body["records"] as Iterable<unknown> | AsyncIterable<unknown>);
    return callRoute(route, handle, { ...body, records }, options, c);
  }
  // Of what came, and not of what its headers say: a body in chunks has no Content-Length.
  const amount = amountOfCall(route.name, body, Buffer.byteLength(JSON.stringify(given)));
  return quotas.within(tenantId, amount, () => callRoute(route, handle, body, options, c));
}

async function callRoute(
  route: Route,
  handle: unknown,
  body: Body,
  options: Body,
  c: Context<ServerEnv>,
): Promise<Response> {
  const result = route.call(handle as never, body, options);
  if (route.kind === "walk") return ndjsonAnswer(result as AsyncIterator<unknown>, c);
  return toAnswer(route, await result);
}

function toAnswer(route: Route, result: unknown): Response {
  return Response.json({ result: encoded(route.result, result) });
}

/** Records as an import takes them, each counted before it is stored. */
async function* withinQuota(
  quotas: TenantQuotas,
  tenantId: string,
  records: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncGenerator {
  for await (const record of records) {
    const bytes = Buffer.byteLength(JSON.stringify(record) ?? "");
    await quotas.within(tenantId, { rows: 1, bytes }, async () => undefined);
    yield record;
  }
}

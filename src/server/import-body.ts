import { invalid, propertyPath } from "../core/arguments.js";
import { readJson } from "../wire/strict-json.js";
import { ndjson, ndjsonRecords } from "./ndjson.js";

/** What an import asks for: a body of JSON, or one record a line, with what else such a body has in the query string. */
export async function readImport(request: Request, maxBytes: number): Promise<unknown> {
  const [type] = (request.headers.get("Content-Type") ?? "").split(";", 1);
  if (type?.trim().toLowerCase() !== ndjson) return readJson(request, maxBytes);
  const { tenantId, ...options } = fromQuery(new URL(request.url).searchParams);
  return {
    ...(tenantId !== undefined && { tenantId }),
    options,
    records: request.body === null ? [] : ndjsonRecords(request.body, maxBytes),
  };
}

/** Names as in the body, so that the body's schema says what is wrong with them. */
function fromQuery(parameters: URLSearchParams): Readonly<Record<string, unknown>> {
  const given = new Map<string, unknown>();
  for (const [name, value] of parameters) {
    if (given.has(name)) throw invalid(propertyPath("query", name), "is there twice.");
    given.set(name, name === "timeoutMs" ? Number(value) : value);
  }
  return Object.fromEntries(given);
}

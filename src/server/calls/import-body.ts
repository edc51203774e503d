import { readJson } from "../../wire/strict-json.js";
import { ndjson, ndjsonRecords } from "./ndjson.js";
import { queryOf } from "./query-string.js";

/** What an import asks for: a body of JSON, or one record a line, with what else such a body has in the query string. */
export async function readImport(request: Request, maxBytes: number): Promise<unknown> {
  const [type] = (request.headers.get("Content-Type") ?? "").split(";", 1);
  if (type?.trim().toLowerCase() !== ndjson) return readJson(request, { maxBytes });
  const { tenantId, ...options } = queryOf(request.url, ["timeoutMs"]);
  return {
    ...(tenantId !== undefined && { tenantId }),
    options,
    records: request.body === null ? [] : ndjsonRecords(request.body, maxBytes),
  };
}

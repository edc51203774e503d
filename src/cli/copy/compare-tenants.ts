import { createHash } from "node:crypto";
import type { ExportRecord, Tenant } from "../../contract/index.js";
import { lineOf } from "../export/export-file.js";
import { differingFields, recordName } from "./record-name.js";

/** Whether two tenants hold the same: then how much it is, and the SHA-256 of its lines in an export. */
export type Comparison =
  | { readonly records: number; readonly sha256: string; readonly difference?: undefined }
  | { readonly difference: string };

/** Compares all that two tenants hold, record by record. What expires meanwhile is left out. */
export async function compareTenants(source: Tenant, target: Tenant): Promise<Comparison> {
  const hash = createHash("sha256");
  let records = 0;
  const [ours, theirs] = [source.export(), target.export()];
  let [our, their] = [await ours.next(), await theirs.next()];
  while (our.done !== true || their.done !== true) {
    if (our.done !== true && their.done !== true && lineOf(our.value) === lineOf(their.value)) {
      hash.update(`${lineOf(our.value)}\n`);
      records++;
      [our, their] = [await ours.next(), await theirs.next()];
    } else if (our.done !== true && hasExpired(our.value)) our = await ours.next();
    else if (their.done !== true && hasExpired(their.value)) their = await theirs.next();
    else return { difference: describeDifference(valueOf(our), valueOf(their)) };
  }
  return { records, sha256: hash.digest("hex") };
}

/**
 * What a target holds that the source does not hold the same, in the same order, in words; `undefined` where the target
 * is a part of the source, as after a copy that was interrupted.
 */
export async function findForeign(source: Tenant, target: Tenant): Promise<string | undefined> {
  const ours = source.export();
  for await (const their of target.export()) {
    // It may expire in between, and be in one of both only.
    if (expires(their)) continue;
    let our = await ours.next();
    while (our.done !== true && !isSameSoFar(our.value, their)) our = await ours.next();
    if (our.done === true) return describeForeign(source, their);
  }
  return undefined;
}

/** A log may have been copied in part: then its head is lower, and less of it is archived. */
function isSameSoFar(our: ExportRecord, their: ExportRecord): boolean {
  if (our.type !== "log" || their.type !== "log") return lineOf(our) === lineOf(their);
  return our.threadId === their.threadId && our.userId === their.userId && our.head >= their.head;
}

async function describeForeign(source: Tenant, their: ExportRecord): Promise<string> {
  const name = recordName(their);
  for await (const our of source.export()) {
    if (recordName(our) !== name) continue;
    const fields = differingFields(our, their);
    return fields.length === 0
      ? `its ${name} stands elsewhere in the order of writing`
      : `its ${name} differs in ${fields.join(", ")}`;
  }
  return `its ${name} is not in the source`;
}

function describeDifference(our: ExportRecord | undefined, their: ExportRecord | undefined): string {
  if (their === undefined) return `${recordName(our!)} is missing`;
  if (our === undefined) return `${recordName(their)} is not in the source`;
  const [ourName, theirName] = [recordName(our), recordName(their)];
  return ourName === theirName
    ? `${ourName} differs in ${differingFields(our, their).join(", ")}`
    : `where the source has ${ourName}, it has ${theirName}`;
}

function expires(record: ExportRecord): boolean {
  return record.type === "entry" && record.expiresAt !== undefined;
}

function hasExpired(record: ExportRecord): boolean {
  return record.type === "entry" && record.expiresAt !== undefined && record.expiresAt <= Date.now();
}

function valueOf(result: IteratorResult<ExportRecord, unknown>): ExportRecord | undefined {
  return result.done === true ? undefined : result.value;
}

import type { Page, StateSnapshot } from "../contract/index.js";
import { epochMs, identifier, integer, record } from "./arguments.js";
import { checkPaging, toPage } from "./pages.js";
import { asked } from "./prepared.js";
import type { Asked, Options, TenantOf } from "./prepared.js";
import { toSnapshot } from "./present.js";

/** The reads of `StateStore`, from the caller's arguments to queries. Each throws where an argument is wrong. */

export const latestOptions = ["at"] as const;

export function askLatest(userId: unknown, options: Options): Asked<StateSnapshot | undefined> {
  const query = { kind: "state.getLatest" as const, userId: identifier(userId, "userId"), ...at(options.at) };
  return asked(query, (row) => row && toSnapshot(row));
}

export function askHistory(around: TenantOf, userId: unknown, options: Options): Asked<Page<StateSnapshot>> {
  const user = identifier(userId, "userId");
  const list = { kind: "state.getHistory", tenantId: around.tenantId, of: [user], shape: ["number"] } as const;
  const { limit, after } = checkPaging<readonly [number]>(options, list);
  return toPage(list, { kind: "state.getHistory", userId: user, limit, ...(after && { after }) }, toSnapshot);
}

function at(value: unknown): { readonly atTime?: number; readonly atRevision?: number } {
  if (value === undefined) return {};
  if (typeof value === "number" || value instanceof Date) return { atTime: epochMs(value, "options.at") };
  const { revision } = record(value, "options.at", ["revision"]);
  return { atRevision: integer(revision, "options.at.revision", 0) };
}

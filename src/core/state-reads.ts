import type { Page, StateSnapshot } from "../contract/index.js";
import { epochMs, identifier, integer, record } from "./arguments.js";
import { isForeign } from "./own-user.js";
import { checkPaging, noPage, toPage } from "./pages.js";
import { asked } from "./prepared.js";
import type { Scope } from "./backend.js";
import type { Asked, Options } from "./prepared.js";
import { toSnapshot } from "./present.js";

/** The reads of `StateStore`, from the caller's arguments to queries. Each throws where an argument is wrong. */

export const latestOptions = ["at"] as const;

export function askLatest(around: Scope, userId: unknown, options: Options): Asked<StateSnapshot | undefined> {
  const query = { kind: "state.getLatest" as const, userId: identifier(userId, "userId"), ...at(options.at) };
  if (isForeign(around, query.userId)) return { present: () => undefined, rows: () => 0 };
  return asked(query, (row) => row && toSnapshot(row));
}

export function askHistory(around: Scope, userId: unknown, options: Options): Asked<Page<StateSnapshot>> {
  const user = identifier(userId, "userId");
  const list = { kind: "state.getHistory", within: around, of: [user], shape: ["number"] } as const;
  if (isForeign(around, user)) return noPage(options, list);
  const { limit, after } = checkPaging<readonly [number]>(options, list);
  return toPage(list, { kind: "state.getHistory", userId: user, limit, ...(after && { after }) }, toSnapshot);
}

function at(value: unknown): { readonly atTime?: number; readonly atRevision?: number } {
  if (value === undefined) return {};
  if (typeof value === "number" || value instanceof Date) return { atTime: epochMs(value, "options.at") };
  const { revision } = record(value, "options.at", ["revision"]);
  return { atRevision: integer(revision, "options.at.revision", 0) };
}

import { createHash } from "node:crypto";
import { limits } from "../contract/index.js";
import type { Page, PagePromise } from "../contract/index.js";
import { integer, invalid, optional } from "./arguments.js";
import type { Scope } from "./backend.js";
import type { Asked } from "./prepared.js";
import type { Query, RowPage } from "./queries.js";

export const pageOptions = ["limit", "cursor"] as const;
export const offsetOptions = ["limit", "cursor", "offset"] as const;

/** What each element of a list's position is. */
export type PositionShape = readonly ("number" | "string")[] | "strings";

/** A list with everything that decides which rows it has, in which order. Cursors are bound to it. */
export interface ListIdentity {
  readonly kind: string;
  readonly within: Scope;
  readonly of: readonly unknown[];
  readonly shape: PositionShape;
}

export interface Paging<Position> {
  readonly limit: number;
  readonly offset: number;
  readonly after?: Position;
}

/** Checks `limit`, `cursor` and `offset`. */
export function checkPaging<Position>(
  options: Readonly<Record<string, unknown>>,
  list: ListIdentity,
): Paging<Position> {
  const limit = optional(options.limit, "options.limit", (value, path) => integer(value, path, 0, limits.pageItems));
  const offset = optional(options.offset, "options.offset", (value, path) => integer(value, path, 0));
  if (options.cursor === undefined) return { limit: limit ?? limits.defaultPageItems, offset: offset ?? 0 };
  if (offset !== undefined) throw invalid("options.offset", "cannot be combined with a cursor.");
  const after = readCursor(options.cursor, list) as Position;
  return { limit: limit ?? limits.defaultPageItems, offset: 0, after };
}

function writeCursor(list: ListIdentity, position: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([fingerprint(list), ...position])).toString("base64url");
}

/** A position as an engine gave it, in the place of a cursor: from a client that has read the cursor itself. */
export class Position {
  readonly values: unknown;

  constructor(values: unknown) {
    this.values = values;
  }
}

function readCursor(cursor: unknown, list: ListIdentity): readonly unknown[] {
  if (cursor instanceof Position) return checkPosition(cursor.values, list.shape);
  const [mark, ...position] = parseCursor(cursor);
  if (mark !== fingerprint(list)) {
    throw invalid(
      "options.cursor",
      "is not of this list. Pass the nextCursor of a page of the same list with the same options.",
    );
  }
  return checkPosition(position, list.shape);
}

/** Throws where a position is none of a list of this shape. */
export function checkPosition(position: unknown, shape: PositionShape): readonly unknown[] {
  if (Array.isArray(position) && fits(position, shape)) return position;
  throw garbled();
}

function parseCursor(cursor: unknown): readonly unknown[] {
  if (typeof cursor !== "string") throw garbled();
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Falls through to the same refusal.
  }
  throw garbled();
}

function garbled(): Error {
  return invalid("options.cursor", "is no cursor. Pass the nextCursor of a page, as it is.");
}

function fits(position: readonly unknown[], shape: PositionShape): boolean {
  if (shape === "strings") return position.every((item) => isText(item));
  return (
    position.length === shape.length &&
    position.every((item, index) => (shape[index] === "string" ? isText(item) : Number.isSafeInteger(item)))
  );
}

function isText(item: unknown): boolean {
  return typeof item === "string" && item.isWellFormed() && !item.includes("\0");
}

function fingerprint(list: ListIdentity): string {
  const text = JSON.stringify([list.kind, list.within.tenantId, list.of, list.within.userId]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 12);
}

/** Asks for a page of a list. A page of no items is not asked for. */
export function toPage<Row, Item>(
  list: ListIdentity,
  query: Extract<Query, { limit: number }>,
  present: (row: Row) => Item,
): Asked<Page<Item>> {
  return {
    ...(query.limit > 0 && { query }),
    present: (answer: RowPage<Row, readonly unknown[]> | undefined) => ({
      items: answer?.rows.map(present) ?? [],
      ...(answer?.next && { nextCursor: writeCursor(list, answer.next) }),
    }),
    rows: (page) => page.items.length,
  };
}

/** A page of nothing, for what does not exist where it is asked for. Its paging is checked as ever. */
export function noPage<Item>(options: Readonly<Record<string, unknown>>, list: ListIdentity): Asked<Page<Item>> {
  checkPaging(options, list);
  return { present: () => ({ items: [] }), rows: () => 0 };
}

/** Makes a list of a function that fetches a page of it; called at once for the first one. */
export function pagePromise<T, P extends Page<T>>(fetch: (cursor?: string) => Promise<P>): PagePromise<T, P> {
  const first = fetch();
  return Object.assign(first, {
    async *[Symbol.asyncIterator](): AsyncIterator<T> {
      let page = await first;
      yield* page.items;
      while (page.nextCursor !== undefined) {
        page = await fetch(page.nextCursor);
        yield* page.items;
      }
    },
  });
}

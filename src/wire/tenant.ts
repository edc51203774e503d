import { z } from "zod";
import type {
  ErasedRows,
  EraseOptions,
  ErasureReceipt,
  ExportRecord,
  Imported,
  StoreUsage,
  Stores,
  Tenant,
  Usage,
} from "../contract/index.js";
import { exportRecord } from "./export-records.js";
import { epochMs, identifier, integer, text } from "./fields.js";
import { pageOptions } from "./options.js";
import { page, plain } from "./results.js";
import type { Result } from "./results.js";
import { routesOf } from "./route.js";
import type { Route } from "./route.js";
import { described, made, named, userJson } from "./schema.js";
import type { Fields } from "./schema.js";

const count = integer("So many.", 0);

const ofStore = named(
  "StoreUsage",
  "How much one store of a tenant holds.",
  made<StoreUsage>({
    rows: count,
    bytes: integer("UTF-8 bytes of the values, as they are stored; keys and indexes not counted.", 0),
  }),
);

const usage = named(
  "Usage",
  "How much a tenant holds.",
  made<Usage>({ messages: ofStore, state: ofStore, kv: ofStore, log: ofStore }),
);

const erasedRows = made<ErasedRows>({
  threads: count,
  messages: count,
  stateSnapshots: count,
  kvEntries: count,
  logs: count,
  logEntries: count,
  operations: count,
  leases: count,
});

/** What was erased. */
export const receipt: Result = plain(
  named(
    "ErasureReceipt",
    "What was erased: kept for good, and free of what it erased.",
    made<ErasureReceipt>({
      id: z.string(),
      kind: z.enum(["user", "thread", "tenant"]),
      subject: described(z.string(), "Whose: a hash of kind, tenant and id, keyed with a secret of the store."),
      requestedAt: epochMs("When it was recorded."),
      completedAt: epochMs("When nothing of it was left."),
      actor: z.string().optional(),
      requestId: z.string().optional(),
      reason: z.string().optional(),
      removed: described(erasedRows, "Rows that are gone."),
    }),
  ),
);

export const eraseOptions: Fields<Pick<EraseOptions, "reason">> = {
  reason: text("Why: kept with the receipt. Put no personal data in it.", 1024).optional(),
};

const records = userJson("The records of an export, in its order.", {
  type: "array",
  items: { $ref: "#/components/schemas/ExportRecord" },
});

const sample: ExportRecord = {
  type: "thread",
  id: "refund-0",
  userId: "grace",
  title: { json: "An older refund" },
  createdAt: 1_760_000_000_000,
  updatedAt: 1_760_000_000_000,
  revision: 1,
};

/** What a whole tenant has, and one of its users has not. */
type TenantRoute = Exclude<keyof Tenant, keyof Stores | "id" | "user">;

/** The routes that are a whole tenant's. */
export const tenantRoutes: Readonly<Record<TenantRoute, Route>> = routesOf<TenantRoute>("", "tenant", {
  listUsers: {
    kind: "read",
    says: "The users who own a thread, a snapshot, an entry or a log, in the order of their ids' UTF-8 bytes.",
    parameters: {},
    options: pageOptions,
    result: page(plain(z.string())),
    example: { options: { limit: 100 } },
  },
  usage: {
    kind: "read",
    says: "How much the tenant holds, by store. Counted when asked.",
    parameters: {},
    result: plain(usage),
    example: {},
  },
  export: {
    kind: "walk",
    says: "Everything that the tenant holds, one record a line: not one snapshot where others write meanwhile.",
    parameters: {},
    result: plain(exportRecord),
    example: {},
  },
  exportUser: {
    kind: "walk",
    says: "The same, of what eraseUser would erase.",
    parameters: { userId: identifier("The user.") },
    result: plain(exportRecord),
    example: { userId: "ada" },
  },
  import: {
    kind: "step",
    says: "Stores what an export gave, exactly as it was. A record that is there already, exactly so, is skipped; one that differs is CONFLICT. In several commits. For more than fits in a body, send the records as application/x-ndjson, one a line, and what else the body has in the query string.",
    parameters: { records },
    result: plain(
      named(
        "Imported",
        "What an import did with the records it was given.",
        made<Imported>({
          stored: integer("Records that were not there before.", 0),
          skipped: integer("Records that were there already, exactly so.", 0),
        }),
      ),
    ),
    example: { records: [sample] },
  },
  eraseThread: {
    kind: "step",
    says: "Erases one thread, its messages and its log. A receipt of zeros where there was none.",
    parameters: { threadId: identifier("The thread.") },
    options: eraseOptions,
    result: receipt,
    example: { threadId: "refund-1-retry" },
  },
  eraseUser: {
    kind: "step",
    says: "Erases everything that is a user's, in all four stores. What was erased stays erased; the user may start anew, with new ids.",
    parameters: { userId: identifier("The user.") },
    options: eraseOptions,
    result: receipt,
    example: { userId: "grace", options: { reason: "request of the user" } },
  },
  listErasures: {
    kind: "read",
    says: "The receipts of this tenant's erasures, the first completed first. Also those of its own.",
    parameters: {},
    options: pageOptions,
    result: page(receipt),
    example: {},
  },
});

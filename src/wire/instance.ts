import { z } from "zod";
import type {
  Diagnosis,
  DoctorOptions,
  Finding,
  Holdfast,
  Migrated,
  StoreInfo,
  StoreStats,
  SweepOptions,
  SweepReport,
  SweptRows,
} from "../contract/index.js";
import { durationMs, flag, integer, tenantId, text } from "./fields.js";
import { pageOptions } from "./options.js";
import { nothing, page, plain } from "./results.js";
import { routesOf } from "./route.js";
import type { Route } from "./route.js";
import { described, made, named } from "./schema.js";
import type { Fields } from "./schema.js";
import { eraseOptions, receipt } from "./tenant.js";

const count = integer("So many.", 0);
const version = integer("A version of the schema.", 0);

/** Where the data is concerns nobody who is not there. */
const info = made<Omit<StoreInfo, "location">>({
  name: described(z.string(), 'The kind of store, such as "sqlite".'),
  requiresNetwork: z.boolean(),
  supportsAirGapped: z.boolean(),
  driver: described(z.string(), "The database client in use; absent where there is none.").optional(),
  schemaVersion: version,
  compatibleSince: version,
  maxValueBytes: integer("Bytes of one value at most.", 1),
});

const stats = made<StoreStats>({
  tenants: count,
  threads: count,
  messages: count,
  stateSnapshots: count,
  kvEntries: count,
  logs: count,
  logEntries: count,
  archivedLogEntries: count,
  operations: count,
  bytes: integer("Bytes that the store takes on disk; absent where it is in memory.", 0).optional(),
});

const swept = made<SweptRows>({
  kvEntries: count,
  stateSnapshots: count,
  operations: count,
  leases: count,
  threads: count,
  messages: count,
});

const report = made<SweepReport>({
  dryRun: z.boolean(),
  done: described(z.boolean(), "False where budgetMs ended it before the last tenant."),
  tenants: integer("Tenants that were visited to their end.", 0),
  removed: described(swept, "Rows that are gone."),
  archivedLogEntries: integer("Log entries that were moved to the cold tier.", 0),
  erasuresCompleted: integer("Erasures that an earlier process had begun.", 0),
});

const finding = made<Finding>({
  kind: described(z.string(), 'What is wrong, such as "ordinal-gap".'),
  message: described(z.string(), "The same in words, with the ids it is about, and what mends it."),
  tenantId: z.string().optional(),
  fixable: z.boolean(),
  fixed: described(z.boolean(), "Whether it was mended just now."),
});

const diagnosis = made<Diagnosis>({
  checked: integer("Things that were looked at: rows, blocks and files.", 0),
  findings: described(z.array(named("Finding", "Something that is wrong.", finding)), "None where the store is well."),
});

const sweepOptions: Fields<Pick<SweepOptions, "budgetMs" | "dryRun" | "tenantId">> = {
  budgetMs: durationMs(
    "Stops between two steps once so many milliseconds have passed. No bound by default.",
    0,
  ).optional(),
  dryRun: flag("Changes nothing, and says what would go.").optional(),
  tenantId: tenantId("Only this tenant; all by default.").optional(),
};

const doctorOptions: Fields<DoctorOptions> = {
  fix: flag("Mends what can be mended without losing anything; false by default.").optional(),
};

/** What needs the machine that has the database, or is no call, is no route. */
type InstanceRoute = Exclude<
  keyof Holdfast,
  "tenant" | "using" | "load" | "close" | "tokens" | typeof Symbol.asyncDispose
>;

/** The routes that are no tenant's. */
export const instanceRoutes: Readonly<Record<InstanceRoute, Route>> = routesOf<InstanceRoute>("", "instance", {
  info: {
    kind: "read",
    scope: "any",
    says: "What kind of store this is.",
    parameters: {},
    result: {
      schema: named("StoreInfo", "What kind of store this is.", info),
      encode: ({ location: _, ...rest }: StoreInfo) => rest,
    },
    example: {},
  },
  healthCheck: {
    kind: "read",
    scope: "any",
    says: "Succeeds where the store answers; else UNAVAILABLE, or CLOSED.",
    parameters: {},
    result: nothing,
    example: {},
  },
  listTenants: {
    kind: "read",
    says: "The tenants that hold anything or ever did, in the order of their ids' UTF-8 bytes.",
    parameters: {},
    options: pageOptions,
    result: page(plain(z.string())),
    example: { options: { limit: 100 } },
  },
  stats: {
    kind: "read",
    says: "How much is in the store, over all tenants.",
    parameters: {},
    result: plain(named("StoreStats", "Numbers of what is stored, over all tenants.", stats)),
    example: {},
  },
  sweep: {
    kind: "step",
    says: "Removes what nobody can see any more or is past its retention, tenant by tenant.",
    parameters: {},
    options: sweepOptions,
    result: plain(named("SweepReport", "What a sweep did, or with dryRun would do.", report)),
    example: { options: { dryRun: true } },
  },
  doctor: {
    kind: "step",
    says: "Looks for what must not be: gaps in ordinals, orphans, damaged values or blocks.",
    parameters: {},
    options: doctorOptions,
    result: plain(named("Diagnosis", "What doctor found.", diagnosis)),
    example: { options: { fix: false } },
  },
  backup: {
    kind: "step",
    says: "Writes a copy of the whole store to a new file in the directory that the server keeps backups in. UNSUPPORTED where it has none.",
    parameters: { file: text("The file's name: a path inside of that directory.", 1024) },
    result: nothing,
    example: { file: "agents.db" },
  },
  migrate: {
    kind: "step",
    says: "Brings the schema up to date.",
    parameters: {},
    result: plain(
      named("Migrated", "The versions of the schema.", made<Migrated>({ fromVersion: version, toVersion: version })),
    ),
    example: {},
  },
  eraseTenant: {
    kind: "step",
    says: "Erases a tenant with all it holds. It may start anew. Its receipts stay, and the one of this.",
    parameters: { tenantId: tenantId("The tenant.") },
    options: eraseOptions,
    result: receipt,
    example: { tenantId: "globex", options: { reason: "end of contract" } },
  },
});

import { randomBytes } from "node:crypto";
import { HoldfastError } from "../../contract/index.js";
import type { Migrated } from "../../contract/index.js";
import type { Database } from "./database.js";
import { sqlStateOf } from "./errors.js";
import { quoteName } from "./names.js";
import { onlyNumber } from "./only-number.js";
import { checkDistribution, distributionSteps, prepareDistribution } from "./distribution.js";
import type { MigrationOptions } from "./distribution.js";
import { canLogin, checkRole, ensureRole, loginStep, roleExists, roleSteps } from "./roles.js";
import { firstSteps, migrationSteps } from "./migration-steps.js";
import { compatibleSince, schemaVersion } from "./schema.js";
import { statement } from "./transaction.js";

/**
 * Makes the schema, or brings it up to date. Each step is a transaction of its own that also records that it was done, so
 * that a migration that was killed goes on where it was, and many may run at once.
 *
 * `FORBIDDEN` where whoever is connected may not, `UNSUPPORTED` where the store cannot be as `options` say.
 */
export async function migrate(database: Database, options: MigrationOptions = {}): Promise<Migrated> {
  if (options.distribute !== undefined) checkDistribution(database, options.partitions ?? 0);
  await ensureRole(database);
  const fromVersion = await begin(database, options);
  const layout = await layoutOf(database);
  checkPartitions(layout, options);
  await takeSteps(database, "steps", schemaSteps(database, layout.partitions));
  if (options.distribute !== undefined) {
    await prepareDistribution(database, layout.partitions);
    await database.asOwner((tx) => tx.commit([statement(addMeta, "distribution_steps", "0")]));
  }
  if (options.distribute !== undefined || layout.isDistributed)
    await takeSteps(database, "distribution_steps", distributionSteps());
  await database.asOwner((tx) =>
    tx.commit([setMeta("schema_version", String(schemaVersion)), setMeta("compatible_since", String(compatibleSince))]),
  );
  await checkRole(database);
  return { fromVersion, toVersion: schemaVersion };
}

/** The SQL that `migrate` would run on this database now. Runs nothing. */
export async function pendingSteps(database: Database, options: MigrationOptions = {}): Promise<readonly string[]> {
  const layout = await layoutOf(database).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (layout !== undefined) checkPartitions(layout, options);
  const partitions = layout?.partitions ?? options.partitions ?? 0;
  const { create, grant } = roleSteps(database);
  const steps = (await roleExists(database)) ? [] : [create, grant];
  if (layout === undefined) steps.push(...firstSteps);
  steps.push(...schemaSteps(database, partitions).slice(layout?.steps ?? 0));
  if (options.distribute !== undefined) {
    checkDistribution(database, partitions);
    if (!(await canLogin(database))) steps.push(loginStep(database));
  }
  if (options.distribute !== undefined || layout?.isDistributed === true)
    steps.push(...distributionSteps().slice(layout?.distributionSteps ?? 0));
  return steps.map((step) => database.names.in(step));
}

function schemaSteps(database: Database, partitions: number): readonly string[] {
  const steps = migrationSteps(quoteName(database.role), partitions);
  return database.hasCollations ? steps : steps.map((step) => step.replaceAll(' COLLATE "C"', ""));
}

/** Whether an error says that a schema, a table or the role is not there. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof HoldfastError ? error.cause : error;
  return ["3F000", "42P01", "22023"].includes(sqlStateOf(cause) ?? "");
}

async function begin(database: Database, { partitions = 0 }: MigrationOptions): Promise<number> {
  for (const step of firstSteps) {
    await database
      .asOwner((tx) => tx.commit([statement(step)]))
      .catch((error: unknown) => {
        // Two that begin at once: the other one has done it. Who may not create a schema can use one that is there.
        if (!isThereAlready(error)) throw error;
      });
  }
  const secrets = { hash_key: randomBytes(32).toString("hex"), store_id: randomBytes(16).toString("hex") };
  const made = { ...secrets, partitions: String(partitions), steps: "0" };
  const rows = Object.entries(made).map(([key, value]) => statement(addMeta, key, value));
  const version = statement("SELECT value FROM @meta WHERE key = 'schema_version'");
  const results = await database.asOwner((tx) => tx.commit([...rows, version]));
  return onlyNumber(results.at(-1));
}

/** How the tables of a store lie, and how many steps were taken to make them. */
interface Layout {
  readonly partitions: number;
  readonly steps: number;
  readonly isDistributed: boolean;
  readonly distributionSteps: number;
}

async function layoutOf(database: Database): Promise<Layout> {
  const found = await database.runOnce(statement("SELECT key, value FROM @meta"));
  const meta = new Map(found?.rows as readonly (readonly [string, string])[]);
  const count = (key: string): number => Number(meta.get(key) ?? 0);
  const isDistributed = meta.has("distribution_steps");
  return {
    partitions: count("partitions"),
    steps: count("steps"),
    isDistributed,
    distributionSteps: count("distribution_steps"),
  };
}

function checkPartitions(layout: Layout, { partitions = layout.partitions }: MigrationOptions): void {
  if (partitions === layout.partitions) return;
  throw new HoldfastError(
    "UNSUPPORTED",
    `The tables of this store were made with ${layout.partitions} partitions, which cannot be changed into ${partitions}. Copy it into a new store: holdfast copy.`,
  );
}

async function takeSteps(database: Database, counter: string, steps: readonly string[]): Promise<void> {
  let done = -1;
  while (done < steps.length) {
    done = await takeStep(database, counter, steps);
    if (done > steps.length) throw newer(done);
  }
}

/** Takes the next step, which nobody else takes meanwhile, and gives how many are done then. */
function takeStep(database: Database, counter: string, steps: readonly string[]): Promise<number> {
  return database.asOwner(async (tx) => {
    const before = database.isOnCitus ? [statement(oneConnection)] : [];
    const results = await tx.run([...before, statement(lockMeta, counter)]);
    const done = onlyNumber(results.at(-1));
    const step = steps[done];
    if (step === undefined) return done;
    await tx.commit([statement(step), setMeta(counter, String(done + 1))]);
    return done + 1;
  });
}

const lockMeta = "SELECT value FROM @meta WHERE key = $1 FOR UPDATE";

/** Citus runs a change of a distributed table on many connections, and then no change of another kind in that transaction. */
const oneConnection = "SET LOCAL citus.multi_shard_modify_mode = 'sequential'";

const addMeta = "INSERT INTO @meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";

function setMeta(key: string, value: string): ReturnType<typeof statement> {
  return statement(
    "INSERT INTO @meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    key,
    value,
  );
}

function isThereAlready(error: unknown): boolean {
  const state = sqlStateOf(error instanceof HoldfastError ? error.cause : error);
  return ["42P06", "42P07", "23505", "42710"].includes(state ?? "");
}

function newer(done: number): HoldfastError {
  return new HoldfastError(
    "UNSUPPORTED",
    `The schema was made by a newer release: it has ${done} steps, and this release knows of fewer. Use that release, or a newer one.`,
  );
}

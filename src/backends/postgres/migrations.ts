import { randomBytes } from "node:crypto";
import { HoldfastError } from "../../contract/index.js";
import type { Migrated } from "../../contract/index.js";
import type { Database } from "./database.js";
import { sqlStateOf } from "./errors.js";
import { quoteName } from "./names.js";
import { onlyNumber } from "./only-number.js";
import { checkRole, ensureRole, roleExists, roleSteps } from "./roles.js";
import { compatibleSince, firstSteps, migrationSteps, schemaVersion } from "./schema.js";
import { statement } from "./transaction.js";

/**
 * Makes the schema, or brings it up to date. Each step is a transaction of its own that also records that it was done, so
 * that a migration that was killed goes on where it was, and many may run at once.
 *
 * `FORBIDDEN` where whoever is connected may not.
 */
export async function migrate(database: Database): Promise<Migrated> {
  await ensureRole(database);
  const fromVersion = await begin(database);
  const steps = migrationSteps(quoteName(database.role));
  let done = await stepsDone(database);
  if (done > steps.length) throw newer(done);
  while (done < steps.length) done = await takeStep(database, steps);
  await database.asOwner((tx) =>
    tx.commit([setMeta("schema_version", String(schemaVersion)), setMeta("compatible_since", String(compatibleSince))]),
  );
  await checkRole(database);
  return { fromVersion, toVersion: schemaVersion };
}

/** The SQL that `migrate` would run on this database now. Runs nothing. */
export async function pendingSteps(database: Database): Promise<readonly string[]> {
  const steps = migrationSteps(quoteName(database.role)).map((step) => database.names.in(step));
  const first = firstSteps.map((step) => database.names.in(step));
  const done = await stepsDone(database).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const { create, grant } = roleSteps(database);
  const role = (await roleExists(database)) ? [] : [create, grant];
  return [...role, ...(done === undefined ? [...first, ...steps] : steps.slice(done))];
}

/** Whether an error says that a schema, a table or the role is not there. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof HoldfastError ? error.cause : error;
  return ["3F000", "42P01", "22023"].includes(sqlStateOf(cause) ?? "");
}

async function begin(database: Database): Promise<number> {
  for (const step of firstSteps) {
    await database
      .asOwner((tx) => tx.commit([statement(step)]))
      .catch((error: unknown) => {
        // Two that begin at once: the other one has done it. Who may not create a schema can use one that is there.
        if (!isThereAlready(error)) throw error;
      });
  }
  const made = { hash_key: randomBytes(32).toString("hex"), store_id: randomBytes(16).toString("hex"), steps: "0" };
  const rows = Object.entries(made).map(([key, value]) => statement(addMeta, key, value));
  const version = statement("SELECT value FROM @meta WHERE key = 'schema_version'");
  const results = await database.asOwner((tx) => tx.commit([...rows, version]));
  return onlyNumber(results.at(-1));
}

async function stepsDone(database: Database): Promise<number> {
  const found = await database.runOnce(statement("SELECT value FROM @meta WHERE key = 'steps'"));
  return onlyNumber(found);
}

/** Takes the next step, which nobody else takes meanwhile, and gives how many are done then. */
function takeStep(database: Database, steps: readonly string[]): Promise<number> {
  return database.asOwner(async (tx) => {
    const [found] = await tx.run([statement("SELECT value FROM @meta WHERE key = 'steps' FOR UPDATE")]);
    const done = onlyNumber(found);
    const step = steps[done];
    if (step === undefined) return done;
    await tx.commit([statement(step), setMeta("steps", String(done + 1))]);
    return done + 1;
  });
}

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

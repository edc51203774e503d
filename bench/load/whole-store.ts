import type { Holdfast } from "holdfast";
import type { Findings } from "./findings.js";
import type { Report } from "./messages.js";

export type ReadBack = Extract<Report, { type: "readBack" }>;

/** Looks at a store in which there is nothing but what the run wrote: as much as that, and nothing that must not be. */
export async function lookAtAll(db: Holdfast, readBack: readonly ReadBack[], findings: Findings): Promise<void> {
  const { threads, messages, logEntries, archivedLogEntries } = await db.stats();
  const mayBe = sum(readBack.map(({ owed }) => owed.mayBe));
  const counts = {
    threads: [threads, sum(readBack.map(({ owed }) => owed.threads)), mayBe],
    messages: [messages, sum(readBack.map(({ owed }) => owed.messages)), 2 * mayBe],
    events: [logEntries + archivedLogEntries, sum(readBack.map(({ owed }) => owed.events)), 3 * mayBe],
  } as const;
  for (const [what, [count, expected, more]] of Object.entries(counts)) {
    if (count >= expected && count <= expected + more) continue;
    const wrong = count < expected ? "lost" : "doubled";
    findings.add(wrong, `the store holds ${count} ${what} where ${expected} were acknowledged`);
  }
  for (const { message } of (await db.doctor()).findings) findings.add("altered", `doctor: ${message}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

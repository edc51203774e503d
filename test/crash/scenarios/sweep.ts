import { deepStrictEqual, equal, ok } from "node:assert/strict";
import path from "node:path";
import type { Holdfast, OpenOptions, SweepReport, Tenant } from "holdfast";
import { collect } from "../../support/collect.js";
import type { Scenario } from "../place.js";
import { amounts, eventOf, operationsPerRound, sweeping, sweptAt } from "../programs/sweepable.mjs";

export const sweep: Scenario = {
  says: "A killed sweep leaves nothing half removed, nothing removed that was to stay, and the next one ends it",
  begin(place) {
    const archive = place.random() < 0.5 ? "store" : `dir:${path.join(place.folder, "cold")}`;
    let round = 0;
    const whole = new Set<number>();
    return async () => {
      const lines = await place.kill("sweeper.mjs", { archive, round }, { mostLines: 6, mostMs: 60 });
      const reports = lines.filter((line) => line.startsWith("swept ")).map((line) => line.split(" ")[2]!);
      for (const report of reports) checkReport(JSON.parse(report) as SweepReport);
      for (const line of lines) if (line.startsWith("written ")) whole.add(Number(line.split(" ")[1]));
      round += reports.length;
      const options: OpenOptions = { ...sweeping, archive, clock: () => sweptAt(round) };
      await place.reopen(options, (db) => checkRounds(db, round, whole));
      round += 1;
    };
  },
};

/** What one uninterrupted sweep of one round says. */
function checkReport({ done, removed, archivedLogEntries }: SweepReport): void {
  ok(done);
  deepStrictEqual(removed, {
    kvEntries: amounts.expiring,
    stateSnapshots: amounts.versions - sweeping.history.maxVersions!,
    operations: operationsPerRound,
    leases: amounts.leases,
    threads: 2,
    messages: amounts.idleMessages + amounts.deletedMessages,
  });
  equal(archivedLogEntries, amounts.entries);
}

/** Checks the rounds up to `last`, of which all but that one were swept to the end, and sweeps that one, too. Some are `whole`. */
async function checkRounds(db: Holdfast, last: number, whole: ReadonlySet<number>): Promise<void> {
  const tenant = db.tenant("swept");
  await checkThreads(tenant, last, whole.has(last));
  for (let round = Math.max(0, last - 2); round <= last; round++) {
    await checkKept(tenant, round, whole.has(round));
  }
  ok((await db.sweep()).done);
  const { removed, archivedLogEntries } = await db.sweep({ dryRun: true });
  deepStrictEqual(
    [...Object.values(removed), archivedLogEntries],
    Array.from({ length: 7 }, () => 0),
  );
  const left = await db.stats();
  deepStrictEqual([left.threads, left.messages, left.operations, left.logEntries], [0, 0, 0, 0]);
  await checkKept(tenant, last, whole.has(last));
}

/** A thread that is being swept is seen with all of its messages, or not at all. One that is being written may lack some. */
async function checkThreads(tenant: Tenant, round: number, isWhole: boolean): Promise<void> {
  const includeDeleted = true;
  const listed = await collect(tenant.messages.listThreads("someone", { includeDeleted }));
  const threads = { [`idle ${round}`]: amounts.idleMessages, [`deleted ${round}`]: amounts.deletedMessages };
  for (const [threadId, all] of Object.entries(threads)) {
    const isSeen = (await tenant.messages.getThread(threadId, { includeDeleted })) !== undefined;
    const messages = await collect(tenant.messages.listMessages(threadId, { includeDeleted }));
    if (isWhole || !isSeen) equal(messages.length, isSeen ? all : 0, threadId);
    equal(await tenant.messages.countMessages(threadId, { includeDeleted }), messages.length);
    equal(
      listed.some(({ id }) => id === threadId),
      isSeen,
    );
  }
}

/** Checks what no sweep removes. Of a round that is not whole each commit is there or not. */
async function checkKept(tenant: Tenant, round: number, isWhole: boolean): Promise<void> {
  const threadId = `idle ${round}`;
  const { head, watermark } = await tenant.log.head(threadId);
  const cold = await collect(tenant.log.loadArchived(threadId));
  const hot = await collect(tenant.log.loadSince(threadId, 0));
  equal(cold.length, watermark);
  deepStrictEqual(
    [...cold, ...hot].map(({ event }) => event),
    Array.from({ length: head }, (_, index) => eventOf(round, index + 1)),
  );
  const kept = await collect(tenant.kv.list(["kept", `${round}`]));
  const history = await collect(tenant.state.getHistory(`user ${round}`));
  const versions = history.map(({ data }) => data);
  const all = [amounts.versions, amounts.versions - 1, amounts.versions - 2];
  ok(isWhole ? head === amounts.entries : [0, amounts.entries].includes(head));
  ok(isWhole ? kept.length === amounts.kept : [0, amounts.kept].includes(kept.length));
  deepStrictEqual(versions, isWhole || versions.length > 0 ? all : []);
}

const dayMs = 86_400_000;

/** How a store is opened that is swept. */
export const sweeping = {
  history: { maxVersions: 3 },
  retention: { deletedThreadsMs: dayMs, idleThreadsMs: 2 * dayMs, hotLogsMs: dayMs },
};

/** When a round is written, and when it is swept: by then all of it is past its retention, records of commits too. */
export function writtenAt(round) {
  return 1_760_000_000_000 + round * 20 * dayMs;
}
export function sweptAt(round) {
  return writtenAt(round) + 8 * dayMs;
}

/** So many of each that a sweep takes several steps. */
export const amounts = {
  idleMessages: 2400,
  deletedMessages: 100,
  entries: 1200,
  expiring: 700,
  kept: 5,
  versions: 20,
  leases: 3,
};

/** Operations with an id, that a round writes. */
export const operationsPerRound = 5;

export function eventOf(round, ordinal) {
  return { kind: "note", round, ordinal };
}

/** Writes what a sweep removes, and what it leaves: entries without a lifetime, the last versions, and the whole log. */
export async function writeRound(db, round) {
  const tenant = db.tenant("swept");
  const idleId = `idle ${round}`;
  await tenant.write((w) => addThread(w, idleId, amounts.idleMessages / 4), { operationId: `idle ${round}` });
  for (let part = 1; part < 4; part++) await tenant.write((w) => addMessages(w, idleId, amounts.idleMessages / 4));
  await tenant.write((w) => addThread(w, `deleted ${round}`, amounts.deletedMessages), {
    operationId: `deleted ${round}`,
  });
  await tenant.messages.deleteThread(`deleted ${round}`);
  const events = Array.from({ length: amounts.entries }, (_, index) => eventOf(round, index + 1));
  await tenant.log.append(`idle ${round}`, events, { operationId: `log ${round}` });
  await tenant.write(
    (w) => {
      for (let key = 0; key < amounts.expiring; key++)
        w.kv.put(["expiring", `${round}`], `${key}`, key, { ttlMs: dayMs });
      for (let key = 0; key < amounts.kept; key++) w.kv.put(["kept", `${round}`], `${key}`, key);
    },
    { operationId: `entries ${round}` },
  );
  await tenant.write(
    (w) => {
      for (let version = 1; version <= amounts.versions; version++) {
        w.state.upsertLatest({ userId: `user ${round}`, source: "inferred", data: version });
      }
    },
    { operationId: `state ${round}` },
  );
  for (let lease = 0; lease < amounts.leases; lease++) await tenant.lease(`${round} ${lease}`, { ttlMs: dayMs });
}

function addThread(w, threadId, messages) {
  w.messages.createThread({ id: threadId, userId: "someone" });
  addMessages(w, threadId, messages);
}

function addMessages(w, threadId, messages) {
  for (let index = 0; index < messages; index++)
    w.messages.createMessage({ threadId, role: "user", content: "Hello. ".repeat(100) });
}

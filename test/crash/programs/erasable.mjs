import { createHash } from "node:crypto";

/** Round for round a user, a thread and a tenant, whose every text has a word of its own, and with it all that is theirs. */
export function subjectOf(round) {
  const kind = ["user", "thread", "tenant"][round % 3];
  const canary = `canary-${round}-canary`;
  return {
    kind,
    canary,
    tenantId: kind === "tenant" ? `tenant ${canary}` : sharedTenant,
    // The erasure of a thread leaves its user alone.
    userId: kind === "thread" ? `owner ${round}` : `user ${canary}`,
    threadId: `thread ${canary}`,
  };
}

/** The tenant that has the users and threads which are erased, and one user who stays. */
export const sharedTenant = "shared";

/** The time of everything that is erased, so that its archived blocks are known to the byte. */
export const filledAt = 1_760_000_000_000;

/** So many that each takes more than one step to erase. */
export const messages = 450;
export const entries = 600;
export const archivedEntries = 300;
export const keys = 400;
export const snapshots = 3;

/** Its hash differs from subject to subject, so that compressed blocks do, too. */
export function eventOf({ canary }, ordinal) {
  const hash = createHash("sha256").update(`${canary} ${ordinal}`).digest("hex").slice(0, 16);
  return { kind: "note", ordinal, text: `${canary} said ${hash}` };
}

/** Stores what is to be erased: all of it where a user or a tenant is, else a thread with its log. */
export async function fill(db, subject) {
  const { kind, tenantId, userId, threadId, canary } = subject;
  const tenant = db.tenant(tenantId);
  const events = Array.from({ length: entries }, (_, index) => eventOf(subject, index + 1));
  await tenant.write(
    (w) => {
      w.messages.createThread({ id: threadId, userId, title: canary });
      for (let index = 1; index <= messages; index++) {
        w.messages.createMessage({ id: `${canary} ${index}`, threadId, role: "user", content: `${canary} asks` });
      }
      w.log.append(threadId, events);
    },
    { operationId: `fill ${canary}` },
  );
  await tenant.log.archiveBefore(threadId, archivedEntries);
  if (kind === "thread") return;
  await tenant.write(
    (w) => {
      for (let key = 0; key < keys; key++) w.kv.put(["of", canary], `${canary} ${key}`, canary, { userId });
      for (let turn = 0; turn < snapshots; turn++) {
        w.state.upsertLatest({ userId, source: "inferred", data: { canary, turn } });
      }
      w.log.append(`log ${canary}`, events, { userId });
    },
    { actor: userId },
  );
  await tenant.user(userId).lease(canary, { ttlMs: 1_000_000 });
}

/** Erases it. */
export function erase(db, { kind, tenantId, userId, threadId }) {
  if (kind === "user") return db.tenant(tenantId).eraseUser(userId);
  return kind === "thread" ? db.tenant(tenantId).eraseThread(threadId) : db.eraseTenant(tenantId);
}

/** One record of each type, as an export gives it. */

export const thread = { type: "thread", id: "t1", userId: "u1", createdAt: 1, updatedAt: 1, revision: 1 };
export const message = {
  type: "message",
  id: "m1",
  threadId: "t1",
  role: "user",
  content: { json: 1 },
  createdAt: 1,
  revision: 2,
};
export const snapshot = {
  type: "snapshot",
  userId: "u",
  source: "mixed",
  confidence: 1,
  updatedAt: 1,
  recordedAt: 1,
  revision: 3,
};
export const entry = {
  type: "entry",
  namespace: ["p"] as readonly string[],
  key: "k",
  value: { json: 1 },
  createdAt: 1,
  updatedAt: 1,
  revision: 4,
};
export const log = { type: "log", threadId: "l1", head: 1, watermark: 0 };
export const logEntry = { type: "logEntry", threadId: "l1", ordinal: 1, recordedAt: 1, event: { kind: "k" } };

import { deepEqual, equal } from "node:assert/strict";
import { all } from "../fixture.js";
import { notes } from "../log-notes.js";
import type { Rule } from "../rule.js";

export const everyOwner: Rule = {
  id: "users/every-owner",
  says: "listUsers gives every user who owns a thread, a snapshot, a kv entry or a log, each once, in the order of UTF-8 bytes.",
  async run({ tenant, other }) {
    await tenant.write((w) => {
      w.messages.createThread({ id: "t1", userId: "of a thread" });
      w.messages.createThread({ id: "t2", userId: "of a thread" });
      w.messages.createMessage({ threadId: "t1", role: "user", authorId: "an author" });
      w.state.upsertLatest({ userId: "of a snapshot", source: "mixed" });
      w.state.upsertLatest({ userId: "of all", source: "mixed" });
      w.kv.put(["p"], "a", 1, { userId: "of an entry" });
      w.kv.put(["p"], "b", 1);
      w.kv.put(["p"], "c", 1, { userId: "of all" });
      w.log.append("l1", notes(1), { userId: "of a log" });
      w.log.append("l2", notes(1));
      w.log.append("l3", notes(1), { userId: "\uFF5E" });
      w.log.append("l4", notes(1), { userId: "😀" });
    });
    await other.state.upsertLatest({ userId: "of another tenant", source: "mixed" });
    const users = ["of a log", "of a snapshot", "of a thread", "of all", "of an entry", "\uFF5E", "😀"];
    deepEqual((await tenant.listUsers()).items, users);
    deepEqual(await all(tenant.listUsers({ limit: 2 })), users);
  },
};

export const formerOwners: Rule = {
  id: "users/former-owners",
  says: "A user is listed as long as the store holds something of theirs: a soft-deleted thread is, a deleted snapshot or entry is not.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.deleteThread("t1");
    await tenant.state.upsertLatest({ userId: "u2", source: "mixed" });
    await tenant.state.delete("u2");
    await tenant.kv.put(["p"], "k", 1, { userId: "u3" });
    await tenant.kv.delete(["p"], "k");
    await tenant.kv.put(["p"], "k2", 1, { userId: "u4" });
    await tenant.kv.put(["p"], "k2", 1, { userId: "u5" });
    await tenant.log.append("t1", notes(1), { userId: "u6" });
    await tenant.log.append("t1", notes(1), { userId: "u7" });
    await tenant.log.append("t1", notes(1));
    deepEqual((await tenant.listUsers()).items, ["u1", "u5", "u7"]);
  },
};

export const namesOfUsers: Rule = {
  id: "users/none",
  says: "A tenant that owns nothing for anybody has no users.",
  async run({ tenant }) {
    await tenant.kv.put(["p"], "k", 1);
    await tenant.log.append("t1", notes(1));
    equal((await tenant.listUsers()).items.length, 0);
  },
};

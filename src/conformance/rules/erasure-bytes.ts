import { deepEqual, equal, ok } from "node:assert/strict";
import { Canaries, assertGone, assertThere } from "../canaries.js";
import { hide, plainPlaces, plainPlacesOfTheThread } from "../canary-data.js";
import type { Rule } from "../rule.js";
import type { StoreFile } from "../subject.js";

export const noByteOfAUser: Rule = {
  id: "erasure/no-byte-of-a-user",
  says: "Once eraseUser resolves, no byte of the user is in any file of the store, nor after it is closed: ids, content, versions, records, hashes apart.",
  needs: "files",
  async run({ open, files, clock }) {
    const db = await open({}, "user");
    const tenant = db.tenant("t");
    const [one, erased, two] = [new Canaries(), new Canaries(), new Canaries()];
    await hide(tenant, [one, erased, two]);
    clock.advance(1);
    assertThere(erased, await files.read("user"), plainPlaces);
    await tenant.eraseUser(erased.at("user id"), { reason: "asked" });
    const whileOpen = await files.read("user");
    assertGone(erased, whileOpen);
    await db.close();
    const closed = await files.read("user");
    for (const user of [one, two]) {
      assertThere(user, whileOpen, plainPlaces);
      assertThere(user, closed, plainPlaces);
    }
    assertGone(erased, closed);
    const reopened = (await open({}, "user")).tenant("t");
    equal(await reopened.messages.countMessages(one.at("thread id")), 553);
    equal((await reopened.log.loadArchived(two.at("thread id"))).items.length, 8);
  },
};

export const noByteOfAThread: Rule = {
  id: "erasure/no-byte-of-a-thread",
  says: "Once eraseThread resolves, no byte of the thread, its messages or its log is in any file of the store.",
  needs: "files",
  async run({ open, files }) {
    const db = await open({}, "thread");
    const tenant = db.tenant("t");
    const [one, erased] = [new Canaries(), new Canaries()];
    await hide(tenant, [one, erased]);
    assertThere(erased, await files.read("thread"), plainPlacesOfTheThread);
    await tenant.eraseThread(erased.at("fork id"));
    await tenant.eraseThread(erased.at("thread id"));
    for (const isOpen of [true, false]) {
      if (!isOpen) await db.close();
      const found = erased.foundIn(await files.read("thread"));
      const expected = ["user id", "axis", "data", "namespace", "key", "value", "bytes", "event of a log", "log id"];
      const rest = [
        "a fragment",
        "lease name",
        "lease operation",
        "kind",
        "own log id",
        "own operation",
        "own request",
      ];
      // A fragment, where a page ends within a text: it does not say of which place.
      const ofTheUser = new Set([...expected, ...rest, "deleted thread id", "deleted title"]);
      deepEqual(
        [...found].filter(([place]) => !ofTheUser.has(place)),
        [],
      );
      ok(found.has("value") && found.has("data"));
      assertThere(one, await files.read("thread"), plainPlaces);
    }
  },
};

export const noByteOfATenant: Rule = {
  id: "erasure/no-byte-of-a-tenant",
  says: "Once eraseTenant resolves, no byte of the tenant is in any file of the store, its name included.",
  needs: "files",
  async run({ open, files }) {
    const db = await open({}, "tenant");
    const [other, erased] = [new Canaries(), new Canaries()];
    await hide(db.tenant(other.at("tenant id")), [other]);
    await hide(db.tenant(erased.at("tenant id")), [erased]);
    assertThere(erased, await files.read("tenant"), ["tenant id", ...plainPlaces]);
    await db.tenant(erased.at("tenant id")).eraseUser(erased.at("user id"));
    await db.tenant(erased.at("tenant id")).kv.put(["p"], erased.at("key"), erased.at("value"));
    await db.eraseTenant(erased.at("tenant id"));
    assertGone(erased, await files.read("tenant"));
    await db.close();
    const closed = await files.read("tenant");
    assertGone(erased, closed);
    assertThere(other, closed, ["tenant id", ...plainPlaces]);
  },
};

export const noByteOfDeletedState: Rule = {
  id: "erasure/no-byte-of-deleted-state",
  says: "state.delete removes the content of every snapshot for good: after closing the store no byte of it is in its files.",
  needs: "files",
  async run({ open, files }) {
    const db = await open({}, "state");
    const tenant = db.tenant("t");
    const users = [new Canaries(), new Canaries()];
    for (const size of [10, 2_000, 5_000, 100_000, 300, 30_000]) {
      await tenant.write((w) => {
        for (const [n, user] of users.entries()) {
          const axes = { [user.at("axis")]: 1 };
          w.state.upsertLatest({ userId: `u${n}`, source: "mixed", axes, data: user.filling("data", size) });
        }
      });
    }
    const [kept, deleted] = users as [Canaries, Canaries];
    assertThere(deleted, await files.read("state"), ["data", "axis"]);
    equal(await tenant.state.delete("u1"), true);
    await db.close();
    const closed = await files.read("state");
    assertGone(deleted, closed);
    assertThere(kept, closed, ["data", "axis"]);
  },
};

export const noByteOfColdBlocks: Rule = {
  id: "erasure/no-byte-of-the-cold-tier",
  says: "Once eraseUser resolves, nothing of the compressed blocks of their logs is left in the files either.",
  needs: "files",
  async run({ open, files }) {
    const db = await open({}, "cold");
    const tenant = db.tenant("t");
    const archive = async (threadId: string, userId: string) => {
      await tenant.log.append(threadId, Array.from({ length: 40 }, randomEvent), { userId });
      await tenant.log.archiveBefore(threadId, 40);
    };
    await archive("of another", "u2");
    const before = fragments(await files.read("cold"));
    await archive("erased", "u1");
    const added = [...fragments(await files.read("cold"))].filter((each) => !before.has(each));
    ok(added.length > 1_000, `only ${added.length} fragments were added`);
    await tenant.eraseUser("u1");
    for (const isOpen of [true, false]) {
      if (!isOpen) await db.close();
      const after = fragments(await files.read("cold"));
      const kept = added.filter((each) => after.has(each)).length;
      // A few are new for another reason: where rows of others were moved, what lies beside them has changed.
      ok(kept < added.length / 50, `${kept} of ${added.length} fragments are still there`);
    }
    const { items } = await (await open({}, "cold")).tenant("t").log.loadArchived("of another");
    equal(items.length, 40);
  },
};

/** About 4 KB that hardly compress. */
function randomEvent(): { readonly kind: string; readonly text: string } {
  return { kind: "note", text: Array.from({ length: 110 }, () => crypto.randomUUID()).join("") };
}

/** One in about 64 of all sequences of 16 bytes, chosen by what they are and not by where they stand. */
function fragments(files: readonly StoreFile[]): ReadonlySet<string> {
  const chosen = new Set<string>();
  for (const { bytes } of files) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 16 <= buffer.length; at++) {
      const head = buffer.readUInt32LE(at);
      if (head !== 0 && Math.imul(head, 2_654_435_761) >>> 26 === 0) chosen.add(buffer.toString("latin1", at, at + 16));
    }
  }
  return chosen;
}

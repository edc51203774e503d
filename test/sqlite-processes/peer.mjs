import { HoldfastError, open } from "holdfast";

// One of several processes on one file. It says `ready` once the store is open, and then does the jobs it is sent, one by
// one, answering each with what it resolved with.

const jobs = {
  /** Appends events one commit after the other; each carries the number it has among those of this peer. */
  async append(threadId, peer, sizes) {
    let sent = 0;
    for (const size of sizes) {
      const events = Array.from({ length: size }, () => ({ kind: "note", peer, number: (sent += 1) }));
      await tenant.log.append(threadId, events);
    }
  },

  /** Archives up to the head, again and again, until the log has so many entries. */
  async archiveUntil(threadId, ordinal) {
    for (;;) {
      const { head } = await tenant.log.head(threadId);
      const { watermark } = await tenant.log.archiveBefore(threadId, head);
      if (watermark >= ordinal) return;
    }
  },

  async count(times) {
    for (let time = 0; time < times; time++) await tenant.kv.update(["counters"], "shared", (value = 0) => value + 1);
  },

  async getOrCreateThreads(userIds) {
    const ids = [];
    for (const userId of userIds) ids.push((await tenant.messages.getOrCreateThread(userId)).id);
    return ids;
  },

  /** Writes the same turns as its peers, under the same operationIds. */
  async writeTurns(threadId, operationIds) {
    const results = [];
    for (const operationId of operationIds) {
      const build = (w) => ({
        message: w.messages.createMessage({ threadId, role: "user", content: operationId }),
        log: w.log.append(threadId, [{ kind: "user_message", content: operationId }]),
        entry: w.kv.put(["turns"], operationId, operationId),
      });
      results.push(await tenant.write(build, { operationId }));
    }
    return results;
  },

  /** Tries to be the one who appends each of the first so many ordinals. Gives those that it appended. */
  async race(threadId, ordinals, peer) {
    const won = [];
    for (let ordinal = 1; ordinal <= ordinals; ordinal++) {
      try {
        await tenant.log.append(threadId, [{ kind: "note", peer, ordinal }], { expectedHead: ordinal - 1 });
        won.push(ordinal);
      } catch (error) {
        if (!(error instanceof HoldfastError && error.code === "CONFLICT")) throw error;
        // Whoever is far behind would only lose: it goes on from where the others are.
        ordinal = (await tenant.log.head(threadId)).head;
      }
    }
    return won;
  },
};

const { url, driver } = JSON.parse(process.argv[2]);
const db = await open(url, { driver });
const tenant = db.tenant("shared");

process.on("disconnect", () => void db.close());
process.on("message", (request) => void answer(request));
process.send("ready");

async function answer({ job, args }) {
  try {
    process.send({ value: await jobs[job](...args) });
  } catch (error) {
    process.send({ error: error.stack });
  }
}

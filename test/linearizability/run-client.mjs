import { HoldfastError } from "holdfast";

export async function runClient(tenant, client, commands, origin, note) {
  // The monotonic clock of the machine, which is the same for all its processes.
  const now = () => Number(process.hrtime.bigint() - BigInt(origin));
  const seen = new Map();
  /** The last lease that the client had of each object, held or not. */
  const leases = new Map();
  for (const [index, { object, expects, ...given }] of commands.entries()) {
    const input = { ...given, ...expected(expects, seen.get(object)) };
    const id = `${client}.${index}`;
    note({ id, at: now(), object, input });
    try {
      const output = await call(tenant, object, input, leases);
      note({ id, at: now(), output });
      const last = output.token ?? output.revision ?? output.head ?? (output.deleted === true ? 0 : undefined);
      if (last !== undefined) seen.set(object, last);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      const { actualRevision, actualHead = actualRevision } = error.details;
      if (object.startsWith("lease/") && error.code === "CONFLICT") {
        note({ id, at: now(), output: { isConflict: true } });
      } else if (expects === undefined || error.code !== "CONFLICT" || actualHead === undefined) {
        note({ id, at: now(), code: error.code, outcome: error.outcome });
      } else {
        note({ id, at: now(), output: { conflict: actualHead } });
        seen.set(object, actualHead);
      }
    }
  }
}

/** What the client expects of an object by what it last saw of it. Who never had a lease takes it. */
function expected(expects, last) {
  if (expects === undefined) return {};
  if (expects === "token") return last === undefined ? { do: "acquire" } : { token: last };
  return expects === "head" ? { expectedHead: last ?? 0 } : { expectedRevision: last ?? 0 };
}

/** Does what the input says, and gives what the model of the object calls its output. */
function call(tenant, object, input, leases) {
  return actions[`${object.split("/")[0]} ${input.do}`](tenant, object, input, leases);
}

/** Longer than any test: that a lease ends by itself is for tests with a clock of their own. */
const leaseTtlMs = 3_600_000;

const namespace = ["contended"];

const actions = {
  async "entry get"({ kv }, object) {
    return { value: await kv.get(namespace, object) };
  },
  async "entry getEntry"({ kv }, object) {
    const { value, revision = 0 } = (await kv.getEntry(namespace, object)) ?? {};
    return { value, revision };
  },
  async "entry put"({ kv }, object, { value, expectedRevision, operationId }) {
    const { revision } = await kv.put(namespace, object, value, { expectedRevision, operationId });
    return { revision };
  },
  async "entry delete"({ kv }, object, { expectedRevision }) {
    return { deleted: await kv.delete(namespace, object, { expectedRevision }) };
  },
  async "entry update"({ kv }, object, { add }) {
    const { revision } = await kv.update(namespace, object, (value = 0) => value + add);
    return { revision };
  },

  async "log append"({ log }, object, { notes, expectedHead }) {
    const { head, firstOrdinal } = await log.append(object, toEvents(notes), { expectedHead });
    return { head, firstOrdinal };
  },
  async "log loadSince"({ log }, object, { cursor }) {
    const { head, items } = await log.loadSince(object, cursor, { limit: 1000 });
    return { head, notes: toNotes(items) };
  },

  async "turns write"(tenant, object, { note, operationId }) {
    const build = (w) => {
      w.kv.put(namespace, object, note);
      return w.log.append(object, toEvents([note]));
    };
    const { head } = await tenant.write(build, { operationId });
    return { head };
  },
  async "turns read"(tenant, object) {
    const { page, last } = await tenant.read((r) => ({
      page: r.log.loadSince(object, 0, { limit: 1000 }),
      last: r.kv.get(namespace, object),
    }));
    return { notes: toNotes(page.items), last };
  },

  async "lease acquire"(tenant, object, _, leases) {
    const lease = await tenant.lease(object, { ttlMs: leaseTtlMs });
    leases.set(object, lease);
    return { token: lease.token };
  },
  async "lease write"({ kv }, object, { token }) {
    await kv.put(namespace, object, token, { fence: { name: object, token } });
    return {};
  },
  async "lease release"(_, object, __, leases) {
    return (await leases.get(object).release()) ? {} : { isConflict: true };
  },
  async "lease renew"(_, object, __, leases) {
    await leases.get(object).renew();
    return {};
  },

  async "user getOrCreateThread"({ messages }, object) {
    const { id } = await messages.getOrCreateThread(object);
    return { threadId: id };
  },
};

function toEvents(notes) {
  return notes.map((note) => ({ kind: "note", note }));
}

function toNotes(entries) {
  return entries.map(({ event }) => event.note);
}

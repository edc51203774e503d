import type { Appended, Holdfast, LogEntry, Message, SessionLog, Tenant } from "holdfast";
import type { Wrong } from "../../bench/load/findings.js";

interface Fault {
  /** As what it has to be found. */
  readonly wrong: Wrong;
  breakStore(db: Holdfast): Holdfast;
}

/** Stores with one defect each, which shows now and then. */
export const faults: Readonly<Record<string, Fault>> = {
  "acknowledges an event that it does not store": {
    wrong: "lost",
    breakStore: withAppend(async (log, _append, threadId) => {
      const { head } = await log.head(threadId);
      return { head: head + 1, firstOrdinal: head + 1 };
    }),
  },
  "loses an event that it had stored": {
    wrong: "lost",
    breakStore: withEntries((entries) => entries.filter(({ ordinal }) => ordinal !== 2)),
  },
  "loses a message that it had stored": {
    wrong: "lost",
    breakStore: withMessages((messages) => messages.toSpliced(1, 1)),
  },
  "loses the last messages of a conversation": {
    wrong: "lost",
    breakStore: withMessages((messages) => messages.slice(0, -2)),
  },
  "stores a turn twice": {
    wrong: "doubled",
    breakStore: withTenants((tenant) => {
      let writes = 0;
      return {
        ...tenant,
        async write(build, options) {
          if ((writes += 1) === 5) await tenant.write(build);
          return tenant.write(build, options);
        },
      };
    }),
  },
  "appends events twice": {
    wrong: "doubled",
    breakStore: withAppend(async (log, append) => {
      await append();
      return append();
    }),
  },
  "takes no notice of an operationId": {
    wrong: "doubled",
    breakStore: withTenants((tenant) => ({ ...tenant, write: (build) => tenant.write(build) })),
  },
  "delivers an event of a log twice": {
    wrong: "doubled",
    breakStore: withEntries((entries) => entries.flatMap((entry) => (entry.ordinal === 4 ? [entry, entry] : [entry]))),
  },
  "reorders two events": {
    wrong: "reordered",
    breakStore: withEntries((entries) =>
      entries.map((entry, index) => {
        const other = entries[entry.ordinal % 2 === 0 ? index - 1 : index + 1];
        return other === undefined ? entry : { ...entry, event: other.event };
      }),
    ),
  },
  "reorders messages": {
    wrong: "reordered",
    breakStore: withMessages((messages) => messages.toReversed()),
  },
  "stores events of one tenant for another": {
    wrong: "crossed",
    breakStore: (db) =>
      withTenants((tenant) => {
        const { append } = db.tenant("tenant 1").log;
        return tenant.id === "tenant 2" ? { ...tenant, log: { ...tenant.log, append } } : tenant;
      })(db),
  },
  "reads the state of a user of another tenant": {
    wrong: "crossed",
    breakStore: (db) =>
      withTenants((tenant) => (tenant.id === "tenant 2" ? { ...tenant, read: db.tenant("tenant 1").read } : tenant))(
        db,
      ),
  },
  "lists users of another tenant": {
    wrong: "lost",
    breakStore: (db) => withTenants((tenant) => ({ ...tenant, listUsers: db.tenant("tenant 1").listUsers }))(db),
  },
  "leaves an erased user": {
    wrong: "erasure",
    breakStore: withTenants((tenant) => ({ ...tenant, eraseUser: (user) => tenant.eraseUser(`${user}, another`) })),
  },
  "leaves what else there is of an erased user but their thread": {
    wrong: "erasure",
    breakStore: withTenants((tenant) => ({
      ...tenant,
      eraseUser: (user) => tenant.eraseThread(`conversation of ${user}`),
    })),
  },
  "erases another user as well": {
    wrong: "lost",
    breakStore: withTenants((tenant) => ({
      ...tenant,
      async eraseUser(user) {
        await tenant.eraseUser(
          user.startsWith("user 1") ? user.replace("user 1", "user 2") : user.replace("user 2", "user 1"),
        );
        return tenant.eraseUser(user);
      },
    })),
  },
  "erases a user of the same name in another tenant": {
    wrong: "lost",
    breakStore: (db) =>
      withTenants((tenant) => ({
        ...tenant,
        async eraseUser(user) {
          await db.tenant("tenant 1").eraseUser(user);
          return tenant.eraseUser(user);
        },
      }))(db),
  },
  "takes a late write to what was erased": {
    wrong: "erasure",
    breakStore: withTenants((tenant) => ({
      ...tenant,
      log: {
        ...tenant.log,
        append: (threadId, events, options) =>
          tenant.log.append(events[0]?.kind === "late" ? "another thread" : threadId, events, options),
      },
    })),
  },
  "shows a snapshot of two moments": {
    wrong: "altered",
    breakStore: withContext((context) => ({ ...context, last: { items: context.last.items.slice(2) } })),
  },
  "reads what was so a turn ago": {
    wrong: "lost",
    breakStore: withContext((context) => ({ ...context, last: { items: context.last.items.slice(2) } })),
  },
  "leaves an event out of a tail": {
    wrong: "lost",
    breakStore: withTail((entry) => (entry.ordinal === 3 ? [] : [entry])),
  },
  "repeats an event in a tail": {
    wrong: "doubled",
    breakStore: withTail((entry) => (entry.ordinal === 3 ? [entry, entry] : [entry])),
  },
  "shows another tenant's events in a tail": {
    wrong: "crossed",
    breakStore: (db) =>
      withTenants((tenant) => ({ ...tenant, log: { ...tenant.log, tail: db.tenant("tenant 2").log.tail } }))(db),
  },
};

function withTenants(broken: (tenant: Tenant) => Tenant): (db: Holdfast) => Holdfast {
  return (db) => {
    const tenants = new Map<string, Tenant>();
    return {
      ...db,
      tenant(id) {
        if (!tenants.has(id)) tenants.set(id, broken(db.tenant(id)));
        return tenants.get(id)!;
      },
    };
  };
}

/** Changes every fifth append that `write` does not make. */
function withAppend(
  broken: (log: SessionLog, append: () => Promise<Appended>, threadId: string) => Promise<Appended>,
): (db: Holdfast) => Holdfast {
  return withTenants((tenant) => {
    let appends = 0;
    return {
      ...tenant,
      log: {
        ...tenant.log,
        append(threadId, events, options) {
          const append = (): Promise<Appended> => tenant.log.append(threadId, events, options);
          return (appends += 1) % 5 === 0 ? broken(tenant.log, append, threadId) : append();
        },
      },
    };
  });
}

/** Changes what is read of a log. */
function withEntries(change: (entries: LogEntry[]) => LogEntry[]): (db: Holdfast) => Holdfast {
  return withTenants(({ log, ...tenant }) => ({
    ...tenant,
    log: {
      ...log,
      loadSince: (...given) => changed(log.loadSince(...given), change),
      loadArchived: (...given) => changed(log.loadArchived(...given), change),
    },
  }));
}

/** Changes what is read of a thread. */
function withMessages(change: (messages: Message[]) => Message[]): (db: Holdfast) => Holdfast {
  return withTenants(({ messages, ...tenant }) => ({
    ...tenant,
    messages: { ...messages, listMessages: (...given) => changed(messages.listMessages(...given), change) },
  }));
}

/** The same list, changed where one goes through it. */
function changed<List extends AsyncIterable<Item>, Item>(list: List, change: (items: Item[]) => Item[]): List {
  return Object.assign(Object.create(list) as List, {
    async *[Symbol.asyncIterator]() {
      const items: Item[] = [];
      for await (const item of list) items.push(item);
      yield* change(items);
    },
  });
}

function withTail(change: (entry: LogEntry) => LogEntry[]): (db: Holdfast) => Holdfast {
  return withTenants((tenant) => ({
    ...tenant,
    log: {
      ...tenant.log,
      async *tail(threadId, options) {
        for await (const entry of tenant.log.tail(threadId, options)) yield* change(entry);
      },
    },
  }));
}

interface Context {
  readonly last: { readonly items: readonly Message[] };
}

/** Changes what is read for a model call. */
function withContext(change: (context: Context) => Context): (db: Holdfast) => Holdfast {
  return withTenants((tenant) => ({
    ...tenant,
    async read(build, options) {
      const answer = await tenant.read(build, options);
      return answer instanceof Object && "last" in answer
        ? (change(answer as unknown as Context) as typeof answer)
        : answer;
    },
  }));
}

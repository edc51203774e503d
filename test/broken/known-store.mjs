// A store of which everything that is in it is known: it is filled by the test, and asked by the processes that it starts.

/** Ids that a flipped bit makes another's. */
const tenants = ["acme", "acmd"];
const users = ["user-1", "user-3"];
const threads = ["thread-1", "thread-3", "thread-5"];
const logs = ["thread-1", "thread-3", "no-thread"];
const messageCount = 24;
const entryCount = 30;

/** Fills a store with some of everything, in rows of 20 bytes to 20 KB. `random` gives numbers from 0 to 1. */
export async function fillKnownStore(db, random) {
  for (const tenantId of tenants) await fillTenant(db.tenant(tenantId), random);
}

async function fillTenant(tenant, random) {
  const { messages, state, kv, log } = tenant;
  for (const [index, id] of threads.entries()) {
    await messages.createThread({ id, userId: users[index % 2], title: `Title ${id}`, metadata: { of: tenant.id } });
  }
  for (let index = 0; index < messageCount; index++) {
    await messages.createMessage(
      {
        id: `message-${index}`,
        threadId: threads[index % 2],
        role: index % 2 === 0 ? "user" : "assistant",
        content: index % 7 === 3 ? bytesOf(random, 300) : textOf(random, index % 11 === 5 ? 20_000 : 40),
        ...(index % 3 === 0 && { executionId: `execution-${index % 2}`, metadata: { index } }),
        ...(index >= 2 && { parentId: `message-${index - 2}`, parentType: "user_message" }),
      },
      { operationId: `message-operation-${index}`, actor: "writer" },
    );
  }
  await messages.updateMessage("message-4", { content: "edited", parts: [{ type: "text", text: "part" }] });
  await messages.deleteMessage("message-6");
  await messages.deleteThread("thread-5");
  for (let index = 0; index < 6; index++) {
    const data = { note: textOf(random, index === 2 ? 9000 : 30) };
    await state.upsertLatest({
      userId: users[index % 2],
      source: "mixed",
      confidence: 0.25,
      axes: { calm: 0.5 },
      data,
    });
  }
  for (let index = 0; index < entryCount; index++) {
    const owner = index % 4 === 0 ? { userId: users[index % 2] } : {};
    const expiry = index % 5 === 0 ? { ttlMs: 1_000_000 + index } : {};
    const value = index % 6 === 1 ? bytesOf(random, 50) : { text: textOf(random, index === 9 ? 12_000 : 20) };
    await kv.put(["prefs", `space-${index % 3}`], `key-${index}`, value, { ...owner, ...expiry });
  }
  for (const threadId of logs) {
    for (let index = 0; index < 4; index++) {
      const events = Array.from({ length: 8 }, (_, each) => ({
        kind: "note",
        text: textOf(random, index === 3 && each === 0 ? 15_000 : 30),
      }));
      await log.append(threadId, events, { userId: users[0] });
    }
    await log.archiveBefore(threadId, 12);
  }
  await messages.createThread({ id: "erased", userId: "user-9" });
  await log.append("erased", [{ kind: "note", text: "erased" }]);
  await tenant.eraseThread("erased", { reason: "asked" });
}

/** What a store answers to everything that can be asked of what is in it, by the question: `{ value }` or `{ error }`. */
export async function answersOf(db) {
  const answers = new Map();
  await askInstance(db, async (question, call) => {
    try {
      answers.set(question, { value: await call() });
    } catch (error) {
      answers.set(question, { error });
    }
  });
  return answers;
}

async function askInstance(db, ask) {
  await ask("tenants", () => all(db.listTenants()));
  for (const id of tenants) await askTenant(db.tenant(id), (question, call) => ask(`${id}: ${question}`, call));
}

async function askTenant(tenant, ask) {
  await ask("users", () => all(tenant.listUsers()));
  await ask("erasures", () => all(tenant.listErasures()));
  await ask("export", () => all(tenant.export()));
  await askMessages(tenant, ask);
  for (const userId of users) await askUser(tenant, userId, ask);
  for (let space = 0; space < 3; space++) {
    const namespace = ["prefs", `space-${space}`];
    await ask(`keys of ${space}`, () => all(tenant.kv.list(namespace)));
    await ask(`entries of ${space}`, () => all(tenant.kv.entries(namespace)));
    for (let key = space; key < entryCount; key += 3) {
      await ask(`key-${key}`, () => tenant.kv.getEntry(namespace, `key-${key}`));
    }
  }
  await ask("namespaces", () => all(tenant.kv.listNamespaces([])));
  for (const id of [...logs, "erased"]) {
    await ask(`head of ${id}`, () => tenant.log.head(id));
    await ask(`hot entries of ${id}`, () => all(tenant.log.loadSince(id, 0)));
    await ask(`cold entries of ${id}`, () => all(tenant.log.loadArchived(id)));
  }
}

async function askUser(tenant, userId, ask) {
  const theirs = tenant.user(userId);
  await ask(`export of ${userId}`, () => all(tenant.exportUser(userId)));
  await ask(`state of ${userId}`, () => tenant.state.getLatest(userId));
  await ask(`history of ${userId}`, () => all(tenant.state.getHistory(userId)));
  for (const id of threads) await ask(`messages of ${id} for ${userId}`, () => all(theirs.messages.listMessages(id)));
  for (const id of logs) await ask(`head of ${id} for ${userId}`, () => theirs.log.head(id));
}

async function askMessages({ messages, getOperation }, ask) {
  for (const userId of users) {
    for (const orderBy of ["createdAt", "updatedAt"]) {
      await ask(`threads of ${userId} by ${orderBy}`, () =>
        all(messages.listThreads(userId, { orderBy, includeDeleted: true })),
      );
    }
    await ask(`live threads of ${userId}`, () => all(messages.listThreads(userId)));
  }
  for (const id of threads) {
    await ask(id, () => messages.getThread(id, { includeDeleted: true }));
    await ask(`live ${id}`, () => messages.getThread(id));
    await ask(`messages of ${id}`, () => all(messages.listMessages(id, { includeDeleted: true })));
    await ask(`live messages of ${id}`, () => all(messages.listMessages(id, { order: "desc" })));
    await ask(`count of ${id}`, () => messages.countMessages(id));
  }
  const leaf = { leafId: `message-${messageCount - 2}`, includeDeleted: true };
  await ask("branch", () => all(messages.listMessages("thread-1", leaf)));
  for (let index = 0; index < messageCount; index++) {
    await ask(`message-${index}`, () => messages.getMessage(`message-${index}`));
    await ask(`operation ${index}`, () => getOperation(`message-operation-${index}`));
  }
  for (const id of [0, 1]) await ask(`execution ${id}`, () => all(messages.getMessagesByExecution(`execution-${id}`)));
}

async function all(items) {
  const collected = [];
  for await (const item of items) collected.push(item);
  return collected;
}

function textOf(random, length) {
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join("");
}

function bytesOf(random, length) {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

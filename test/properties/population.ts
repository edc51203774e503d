import { pools } from "./pools.js";
import type { Call } from "./calls.js";
import type { Write } from "./commands.js";

const [tenant] = pools.tenants;
const [user, otherUser] = pools.users;
const [thread, otherThread] = pools.threads;
/** From the root to the message that programs name most. */
const branch = pools.messages.slice(0, 5).toReversed();
const [executionId] = pools.executions;
const [namespace] = pools.namespaces;

const calls: readonly Call[] = [
  does("messages", "createThread", { id: thread, userId: user }),
  does("messages", "createThread", { id: otherThread, userId: otherUser }),
  ...branch.map((id, depth) => {
    const parent = depth === 0 ? {} : { parentId: branch[depth - 1] };
    return does("messages", "createMessage", { id, threadId: thread, role: "user", executionId, ...parent });
  }),
  ...[1, 2, 3].map((data) => does("state", "upsertLatest", { userId: user, source: "inferred", data })),
  ...pools.keys.map((key) => does("kv", "put", namespace, key, "old")),
  ...pools.namespaces.map((namespace) => does("kv", "put", namespace, "k", "old")),
  does(
    "log",
    "append",
    thread,
    Array.from({ length: 6 }, (_, step) => ({ kind: "step", step })),
  ),
];

/** A commit that gives one tenant something of everything that programs then meet. */
export const population: Write = { do: "write", tenant, calls, alone: false, options: {} };

function does(store: NonNullable<Call["store"]>, method: string, ...args: readonly unknown[]): Call {
  return { store, method, args, options: {} };
}

import type { Operation } from "../../core/operations.js";
import type { Prepared } from "../../core/prepared.js";
import type { Body } from "../../wire/route.js";
import type { Amount } from "./tenant-use.js";

/** What a call of this method adds at most to what its tenant holds. `bytes` is the size of its body. */
export function amountOfCall(method: string, body: Body, bytes: number): Amount {
  if (method === "write") {
    const operations = body["operations"] as readonly (Body & { readonly method: string })[];
    const amounts = operations.map((operation) => amountOfCall(operation.method, operation, bytes));
    const rows = amounts.reduce((sum, amount) => sum + amount.rows, 0);
    return { rows, bytes: amounts.some((amount) => amount.bytes > 0) ? bytes : 0 };
  }
  switch (method) {
    case "messages.createThread":
    case "messages.getOrCreateThread":
    case "messages.createMessage":
    case "state.upsertLatest":
    case "kv.put":
      return { rows: 1, bytes };
    case "log.append":
      return { rows: (body["events"] as readonly unknown[]).length, bytes };
    case "log.fork":
      return { rows: Number(body["at"]), bytes };
    case "messages.updateThread":
    case "messages.updateMessage":
      return { rows: 0, bytes };
    default:
      return nothing;
  }
}

/** What a commit adds at most to what its tenant holds. */
export function amountOfCommit(operations: readonly Pick<Prepared<unknown>, "operation" | "bytes">[]): Amount {
  return operations.reduce(
    (sum, { operation, bytes }) => ({ rows: sum.rows + rowsOf(operation), bytes: sum.bytes + bytes }),
    nothing,
  );
}

const nothing: Amount = { rows: 0, bytes: 0 };

function rowsOf(operation: Operation): number {
  switch (operation.kind) {
    case "messages.createThread":
    case "messages.getOrCreateThread":
    case "messages.createMessage":
    case "state.upsertLatest":
    case "kv.put":
    case "import.thread":
    case "import.message":
    case "import.snapshot":
    case "import.entry":
      return 1;
    case "log.append":
      return operation.events.length;
    case "import.events":
      return operation.entries.length;
    case "log.fork":
      return operation.at;
    default:
      return 0;
  }
}

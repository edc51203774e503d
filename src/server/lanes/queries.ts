import { limits } from "../../contract/index.js";
import { describe, invalid } from "../../core/arguments.js";
import type { Scope } from "../../core/backend.js";
import { checkInterrupted } from "../../core/interruption.js";
import type { Call } from "../../core/interruption.js";
import type { OpenStore } from "../../core/open-store.js";
import type { Answer, Query } from "../../core/queries.js";
import type { OperationRow } from "../../core/rows.js";
import { TenantChannel } from "../../core/tenant-channel.js";
import { withWireBodies } from "../../wire/bodies.js";
import type { QueriesResult } from "../../wire/lanes.js";
import { askQuery } from "./ask-query.js";
import { hashOf } from "./commits.js";

/** Answers the queries of one request, from one snapshot. */
export async function answerQueries(store: OpenStore, of: Scope, queries: unknown, call: Call): Promise<QueriesResult> {
  if (!Array.isArray(queries)) throw invalid("queries", `must be an array; got ${describe(queries)}.`);
  if (queries.length > limits.batchOperations) {
    throw invalid("queries", `has ${queries.length} queries, and the limit is ${limits.batchOperations}.`, {
      limit: limits.batchOperations,
    });
  }
  const channel = new TenantChannel(store, of);
  const asked = (queries as unknown[]).map((query, index) => askQuery(channel, query, `queries[${index}]`));
  return store.run("read", of.tenantId, call, async () => {
    checkInterrupted(call);
    const known = asked.flatMap((query) => query ?? []);
    const found = known.length === 0 ? [] : await channel.query(known, call);
    let next = 0;
    const answers = asked.map((query) => (query === undefined ? null : toWire(query, found[next++], store)));
    return { value: { answers }, rows: answers.length };
  });
}

/** An answer with its bodies as they are sent. */
function toWire(query: Query, answer: Answer | undefined, { backend }: OpenStore): unknown {
  switch (query.kind) {
    case "messages.getThread":
    case "messages.getMessage":
    case "state.getLatest":
      return answer === undefined ? null : withWireBodies(answer as object);
    case "operations.get":
      return answer === undefined
        ? null
        : { ...(answer as OperationRow), hash: compared(query.hash, answer as OperationRow) };
    case "kv.getMany":
      return (answer as readonly (object | undefined)[]).map((row) => (row === undefined ? null : withWireBodies(row)));
    case "messages.listThreads":
    case "messages.listMessages":
    case "messages.getMessagesByExecution":
    case "state.getHistory":
    case "kv.list":
    case "export.threads":
    case "export.messages":
      return withRows(answer as Rows<object>, withWireBodies);
    case "export.snapshots":
    case "export.entries":
      return withRows(answer as Rows<{ readonly row: object }>, (each) => ({ ...each, row: withWireBodies(each.row) }));
    default:
      return answer;
  }

  /** Where they are the same, what the asker gave: the store's own hash is keyed, and stays here. */
  function compared(digest: string | undefined, { hash }: OperationRow): string {
    return digest !== undefined && hashOf(backend.hashKey, digest) === hash ? digest : "";
  }
}

interface Rows<Row> {
  readonly rows: readonly Row[];
}

function withRows<Row>(page: Rows<Row>, convert: (row: Row) => unknown): object {
  return { ...page, rows: page.rows.map(convert) };
}

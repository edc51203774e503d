import type { Answer, Query } from "../../core/queries.js";
import { withEncodedBodies } from "../../wire/bodies.js";

/** What a query is answered with, of what the server sent. */
export function toAnswer(query: Query, answer: unknown): Answer {
  if (answer === null || answer === undefined) return undefined;
  switch (query.kind) {
    case "messages.getThread":
    case "messages.getMessage":
    case "state.getLatest":
      return withEncodedBodies(answer) as Answer;
    case "kv.getMany":
      return (answer as (object | null)[]).map((row) => (row === null ? undefined : withEncodedBodies(row))) as Answer;
    case "messages.listThreads":
    case "messages.listMessages":
    case "messages.getMessagesByExecution":
    case "state.getHistory":
    case "kv.list":
    case "export.threads":
    case "export.messages":
      return withRows(answer as Rows<object>, withEncodedBodies);
    case "export.snapshots":
    case "export.entries":
      return withRows(answer as Rows<{ readonly row: object }>, (each) => ({
        ...each,
        row: withEncodedBodies(each.row),
      }));
    default:
      return answer as Answer;
  }
}

interface Rows<Row> {
  readonly rows: readonly Row[];
}

function withRows<Row>(page: Rows<Row>, convert: (row: Row) => Row): Answer {
  return { ...page, rows: page.rows.map(convert) } as unknown as Answer;
}

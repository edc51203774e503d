import { z } from "zod";
import { HoldfastError, limits } from "../contract/index.js";
import type { OperationRecord, Reader, Recorder, Stores } from "../contract/index.js";
import { tooLarge } from "../core/arguments.js";
import { epochMs, identifier } from "./fields.js";
import { kvRoutes } from "./kv.js";
import { logRoutes } from "./log.js";
import { messagesRoutes } from "./messages.js";
import { encoded, maybe, plain } from "./results.js";
import type { Result } from "./results.js";
import { componentName, routesOf } from "./route.js";
import type { Body, Route } from "./route.js";
import { described, made, named } from "./schema.js";
import { stateRoutes } from "./state.js";

const operationRecord: Result = plain(
  named(
    "OperationRecord",
    "The outcome of a write with an operationId, kept for 7 days. It holds no content.",
    made<OperationRecord>({
      operationId: z.string(),
      committedAt: epochMs("When it was stored."),
      actor: z.string().optional(),
      requestId: z.string().optional(),
      results: described(z.array(z.unknown()), "For each operation, in order: ids, revisions, ordinals and times."),
    }),
  ),
);

/** Asks for what a write stored. Not one of the four stores', but `/v1/read` asks it too. */
const operationRoutes = routesOf<"getOperation">("", "stores", {
  getOperation: {
    kind: "asked",
    says: "What a write with this operationId stored; no result where none is known. Ask before calling the model again.",
    parameters: { operationId: identifier("The operationId of the write.") },
    result: maybe(operationRecord),
    example: { operationId: "turn-1" },
  },
});

const ofStores: readonly Route[] = [messagesRoutes, stateRoutes, kvRoutes, logRoutes, operationRoutes].flatMap(
  (routes) => Object.values<Route>(routes),
);

/** The methods that can be part of a write, and of a read, by name. */
const recorded: ReadonlyMap<string, Route> = parts("recorded");
const asked: ReadonlyMap<string, Route> = parts("asked");

const operation = named(
  "Operation",
  "One of the operations of a write: the method, with the fields of its own route and its own options.",
  z.discriminatedUnion("method", partSchemas(recorded, "Operation")),
);

const query = named(
  "Query",
  "One of the questions of a read: the method, with the fields of its own route and its own options.",
  z.discriminatedUnion("method", partSchemas(asked, "Query")),
);

/** The routes of what does several things at once. */
export const batchRoutes: Readonly<Record<"write" | "read" | "getOperation", Route>> = {
  ...routesOf<"write" | "read">("", "stores", {
    write: {
      kind: "write",
      says: "Commits operations: all of them or none, in order, each seeing the ones before it. Gives their results, in their order; null for one that has none. Where one fails, operationIndex says which.",
      parameters: {
        operations: described(z.array(operation), "The operations: each a method, with the fields of its own route.", {
          maxItems: limits.batchOperations,
        }),
      },
      result: plain(z.array(z.unknown())),
      example: {
        operations: [
          {
            method: "messages.createMessage",
            message: {
              id: "answer-1",
              threadId: "refund-1",
              role: "assistant",
              content: { json: "It was sent on Monday." },
            },
          },
          { method: "kv.put", namespace: ["prefs", "ada"], key: "language", value: { json: "en" } },
        ],
        options: { operationId: "turn-2" },
      },
      call: (stores: Stores, body, options) => writeOperations(stores, body["operations"] as readonly Part[], options),
    },
    read: {
      kind: "read",
      says: "Reads several things from one snapshot. Gives the answers, in their order; null for one that has none.",
      parameters: {
        queries: described(
          z.array(query).max(limits.pageItems),
          "The questions: each a method, with the fields of its own route.",
        ),
      },
      result: plain(z.array(z.unknown())),
      example: {
        queries: [
          { method: "messages.listMessages", threadId: "refund-1", options: { order: "desc", limit: 20 } },
          { method: "state.getLatest", userId: "ada" },
          { method: "kv.get", namespace: ["prefs", "ada"], key: "tone" },
        ],
      },
      call: (stores: Stores, body, options) => readQueries(stores, body["queries"] as readonly Part[], options),
    },
  }),
  ...operationRoutes,
};

/** One operation or query, as it was parsed. */
type Part = Body & { readonly method: string };

function parts(kind: Route["kind"]): ReadonlyMap<string, Route> {
  return new Map(ofStores.filter((route) => route.kind === kind).map((route) => [route.name, route]));
}

/** The schemas of the bodies that methods have as a part of something: without a subject, and with their own options only. */
function partSchemas(routes: ReadonlyMap<string, Route>, suffix: string): [PartSchema, ...PartSchema[]] {
  const schemas = Array.from(routes.values(), ({ name, says, parameters, options }) =>
    named(
      `${componentName(name)}${suffix}`,
      says,
      z.strictObject({
        method: described(z.literal(name), "The method."),
        ...parameters,
        options: described(z.strictObject({ ...options }).optional(), "Its own options."),
      }),
    ),
  );
  return schemas as unknown as [PartSchema, ...PartSchema[]];
}

type PartSchema = z.ZodObject<{ method: z.ZodLiteral<string> }>;

async function writeOperations(stores: Stores, operations: readonly Part[], options: Body): Promise<unknown> {
  const count = operations.length;
  if (count > limits.batchOperations) throw tooLarge("operations", "operations", limits.batchOperations, count);
  try {
    const results = await stores.write(
      (recorder: Recorder) => operations.map((part) => record(recorder, part, recorded)),
      options,
    );
    return withEnvelopes(operations, results, recorded);
  } catch (error) {
    throw ofOperations(error);
  }
}

async function readQueries(stores: Stores, queries: readonly Part[], options: Body): Promise<unknown> {
  const answers = await stores.read(
    (reader: Reader) =>
      queries.map((part, index) => {
        try {
          return record(reader, part, asked);
        } catch (error) {
          throw ofQuery(error, index);
        }
      }),
    options,
  );
  return withEnvelopes(queries, answers, asked);
}

/** Calls the method of a recorder or reader that a part names. */
function record(on: Recorder | Reader, part: Part, routes: ReadonlyMap<string, Route>): unknown {
  return routes.get(part.method)?.call(on as never, part, part["options"] as Body);
}

function withEnvelopes(
  done: readonly Part[],
  results: readonly unknown[],
  routes: ReadonlyMap<string, Route>,
): readonly unknown[] {
  return done.map(({ method }, index) => encoded((routes.get(method) as Route).result, results[index]) ?? null);
}

/** What the contract says of `build` is, on the wire, said of the operations. */
function ofOperations(error: unknown): unknown {
  if (!(error instanceof HoldfastError) || error.details.path !== "build") return error;
  return repathed(error, "operations", error.message.replace("build", "operations"));
}

function ofQuery(error: unknown, index: number): unknown {
  if (!(error instanceof HoldfastError) || error.details.path === undefined) return error;
  const at = `queries[${index}]`;
  return repathed(error, `${at}.${error.details.path}`, `${at}.${error.message}`);
}

function repathed(error: HoldfastError, path: string, message: string): HoldfastError {
  const { code, details, retryable, outcome, operationIndex } = error;
  return new HoldfastError(code, message, { details: { ...details, path }, retryable, outcome, operationIndex });
}

import { z } from "zod";
import { httpStatus } from "../../contract/index.js";
import type { ErrorCode } from "../../contract/index.js";
import { laneRoutes, tenantsRoute } from "../../wire/lane-routes.js";
import { routes } from "../../wire/routes.js";
import type { Route } from "../../wire/route.js";
import { componentName } from "../../wire/route.js";
import { registry } from "../../wire/schema.js";
import { ndjson } from "../calls/ndjson.js";
import { answerHeaders, headerParameters, headers, otherPaths, parameters } from "./openapi-paths.js";

/** A JSON Schema, or a part of an OpenAPI document. */
export type Document = { readonly [name: string]: unknown };

/** The OpenAPI 3.1 document of the routes, made of the schemas that check their requests. */
export function openApi(): Document {
  return {
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version: "1",
      description:
        "Chats, memory, state and event logs of agents. Each method of the contract is one route. The examples work one after the other, in the order of this document, on an empty store.",
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    tags: tags.map(([name, description]) => ({ name, description })),
    paths: {
      ...Object.fromEntries(documented.map((route) => [route.path, { post: operation(route) }])),
      ...otherPaths(errorResponses),
    },
    components: {
      schemas: { ...schemas(), Error: errorSchema },
      responses: Object.fromEntries(
        codesByStatus.map(([status, codes]) => [`Error${status}`, errorAnswer(status, codes)]),
      ),
      parameters,
      headers,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API token, or a JWT of an issuer that is trusted." },
      },
    },
  };
}

const documented: readonly Route[] = [...routes, laneRoutes.commits, laneRoutes.queries, tenantsRoute];

const tags = [
  ["messages", "Threads and messages that users see."],
  ["state", "The latest state of each user, and its history."],
  ["kv", "Long-term memory: values by namespace and key, with an optional lifetime."],
  ["log", "The append-only log of what an agent did, one per thread."],
  ["several", "Several reads or writes at once, and what became of them."],
  ["leases", "One holder at a time."],
  ["tenant", "A whole tenant; nothing for a token that is bound to a user."],
  ["tokens", "The API tokens of the store; for operators."],
  ["instance", "The store, across tenants; mostly for operators."],
  ["client", "What the client of the package calls. It carries what its core has checked and encoded."],
  ["server", "The server itself."],
] as const;

/** The heading that an operation stands under. */
function tagOf({ name, level }: Pick<Route, "name" | "level">): string {
  if (!routes.some((route) => route.name === name)) return "client";
  const [first = ""] = name.split(".");
  if (first === "lease") return "leases";
  if (name.includes(".")) return first;
  return level === "stores" ? "several" : level;
}

function operation(route: Route): Document {
  const { name, says, example } = route;
  return {
    operationId: name,
    tags: [tagOf(route)],
    summary: name,
    description: `${says} ${needs(route)}`,
    parameters: [...(name === "import" ? importParameters : []), ...headerParameters],
    requestBody: { required: true, content: requestContent(route, example) },
    responses: {
      200: { description: "What the method resolved with.", headers: answerHeaders, content: answerContent(route) },
      ...errorResponses,
    },
  };
}

/** What a body of records cannot say. */
const importParameters: readonly Document[] = [
  ["tenantId", "string"],
  ["timeoutMs", "integer"],
  ["actor", "string"],
  ["requestId", "string"],
].map(([name, type]) => ({
  name,
  in: "query",
  required: false,
  description: `Of a body of ${ndjson}: as in a body of JSON.`,
  schema: { type },
}));

function needs({ scope }: Route): string {
  return scope === "any" ? "Needs any token." : `Needs the scope "${scope}".`;
}

function requestContent({ name }: Route, example: unknown): Document {
  const json = { "application/json": { schema: ref(`${componentName(name)}Body`), example } };
  return name === "import" ? { ...json, [ndjson]: { schema: ref("ExportRecord") } } : json;
}

function answerContent({ name, kind }: Route): Document {
  if (kind === "walk") return { [ndjson]: { schema: ref("ExportRecord") } };
  return { "application/json": { schema: ref(`${componentName(name)}Answer`) } };
}

/** Every schema that has a name, by it. */
function schemas(): Document {
  const { schemas } = z.toJSONSchema(registry, {
    metadata: registry,
    io: "input",
    unrepresentable: "any",
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]));
}

function ref(id: string): Document {
  return { $ref: `#/components/schemas/${id}` };
}

/** The codes that each status stands for. A body that is too slow, or no JSON, is `INVALID_ARGUMENT` with a status of its own. */
const codesByStatus: readonly (readonly [number, readonly string[]])[] = [
  ...Array.from(new Set(Object.values(httpStatus)), (status): [number, string[]] => [
    status,
    (Object.keys(httpStatus) as ErrorCode[]).filter((code) => httpStatus[code] === status),
  ]),
  [405, ["INVALID_ARGUMENT"]],
  [408, ["INVALID_ARGUMENT"]],
  [415, ["INVALID_ARGUMENT"]],
  [431, ["INVALID_ARGUMENT"]],
];

const errorResponses: Document = Object.fromEntries(
  codesByStatus.map(([status]) => [status, { $ref: `#/components/responses/Error${status}` }]),
);

function errorAnswer(status: number, codes: readonly string[]): Document {
  return {
    description: codes.join(", "),
    headers: {
      ...answerHeaders,
      ...(status === 429 && { "Retry-After": { $ref: "#/components/headers/RetryAfter" } }),
      ...(status === 405 && { Allow: { $ref: "#/components/headers/Allow" } }),
    },
    content: { "application/json": { schema: ref("Error") } },
  };
}

const errorSchema: Document = {
  type: "object",
  description: "How a call failed. Tell errors apart by code; messages are for people and may change.",
  properties: {
    error: {
      type: "object",
      properties: {
        code: { type: "string", enum: Object.keys(httpStatus) },
        message: { type: "string" },
        requestId: { type: "string", description: "Names the request, also in the server's log." },
        details: {
          type: "object",
          description: "Facts, as plain JSON. path names the field that is wrong, such as thread.userId.",
          properties: { path: { type: "string" }, limit: { type: "number" }, size: { type: "number" } },
        },
        retryable: { type: "boolean", description: "True where the same call may succeed later, unchanged." },
        outcome: {
          type: "string",
          enum: ["none", "unknown"],
          description: "What is known of a write that failed.",
        },
        operationIndex: { type: "integer", minimum: 0, description: "Which operation of a write failed." },
      },
      required: ["code", "message", "requestId", "details", "retryable"],
    },
  },
  required: ["error"],
};

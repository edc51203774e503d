import { z } from "zod";
import { tailQuery } from "../../wire/tail-query.js";
import { registry } from "../../wire/schema.js";
import type { Document } from "./openapi.js";

/** What the document says of what is no method called by `POST`. `errors` are the responses of what can fail like any route. */
export function otherPaths(errors: Document): Document {
  return {
    "/v1/log/tail": { get: tail(errors) },
    "/healthz": { get: probe("healthz", "The process runs.") },
    "/readyz": {
      get: probe("readyz", "The store answers, and the server is not about to end.", {
        503: { description: "It is not ready.", content: plainText },
      }),
    },
    "/metrics": {
      get: {
        operationId: "metrics",
        tags: ["server"],
        summary: "metrics",
        description:
          'Metrics, as Prometheus reads them. Needs the scope "operator", unless the server shows them to all.',
        responses: { 200: { description: "The metrics.", content: plainText }, ...errors },
      },
    },
    "/openapi.json": {
      get: probe("openapi", "This document.", {
        200: { description: "The document.", content: { "application/json": { schema: { type: "object" } } } },
      }),
    },
    "/docs": {
      get: probe("docs", "This document, as a page.", {
        200: { description: "The page.", content: { "text/html": { schema: { type: "string" } } } },
      }),
    },
  };
}

const plainText: Document = { "text/plain": { schema: { type: "string" } } };

/** What anybody may have, without a token. */
function probe(operationId: string, description: string, responses: Document = {}): Document {
  return {
    operationId,
    tags: ["server"],
    summary: operationId,
    description: `${description} Needs no token.`,
    security: [],
    responses: { 200: { description: "It is so.", content: plainText }, ...responses },
  };
}

function tail(errors: Document): Document {
  return {
    operationId: "log.tail",
    tags: ["log"],
    summary: "log.tail",
    description:
      'Follows a log: what there is behind a position, then what is appended, until either end closes. Needs the scope "read".',
    parameters: [...queryParameters(), lastEventId, ...headerParameters],
    responses: {
      200: {
        description:
          "Server-Sent Events. The id of each is its ordinal, its data { ordinal, recordedAt, event }. An event named error ends the stream, with an Error as its data; comments are heartbeats.",
        headers: answerHeaders,
        content: { "text/event-stream": { schema: { type: "string" } } },
      },
      ...errors,
    },
  };
}

function queryParameters(): readonly Document[] {
  const { properties = {}, required = [] } = z.toJSONSchema(tailQuery, { io: "input", metadata: registry });
  return Object.entries(properties).map(([name, given]) => {
    const { description, ...schema } = given as Document;
    return { name, in: "query", required: required.includes(name), description, schema };
  });
}

const lastEventId: Document = {
  name: "Last-Event-ID",
  in: "header",
  required: false,
  description: "The id of the last event that was seen, as EventSource sends it. Goes before after.",
  schema: { type: "string", pattern: String.raw`^\d{1,16}$`, maxLength: 16 },
};

/** The headers of every request that needs a token. */
export const headerParameters: readonly Document[] = [
  { $ref: "#/components/parameters/XRequestId" },
  { $ref: "#/components/parameters/HoldfastNow" },
];

export const parameters: Document = {
  XRequestId: {
    name: "X-Request-Id",
    in: "header",
    required: false,
    description: "Names the request in logs and errors. One is made where there is none, or it is not of this form.",
    schema: { type: "string", pattern: "^[A-Za-z0-9._:-]{1,128}$", maxLength: 128 },
  },
  HoldfastNow: {
    name: "Holdfast-Now",
    in: "header",
    required: false,
    description: "Sets the time of the store, in milliseconds since the epoch. FORBIDDEN but in dev mode.",
    schema: { type: "integer", minimum: -8_640_000_000_000_000, maximum: 8_640_000_000_000_000 },
  },
};

/** The headers of every answer. */
export const answerHeaders: Document = { "X-Request-Id": { $ref: "#/components/headers/XRequestId" } };

export const headers: Document = {
  XRequestId: { description: "Names the request, also in the server's log.", schema: { type: "string" } },
  RetryAfter: { description: "Seconds after which it may succeed.", schema: { type: "integer", minimum: 1 } },
  Allow: { description: "The methods that the route takes.", schema: { type: "string" } },
};

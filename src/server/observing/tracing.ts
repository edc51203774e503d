import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Span, TextMapGetter } from "@opentelemetry/api";
import type { Context, MiddlewareHandler } from "hono";
import { answerCode } from "./answer-code.js";
import { matchedRoute } from "./matched-route.js";
import type { ServerEnv } from "../request-variables.js";

/**
 * Makes a span of each request, below the one that its `traceparent` names, and active while it is answered. It has the
 * method, the route's pattern, the status and the code, and never content. Nothing where the application has no OpenTelemetry set up.
 */
export function tracing(): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const parent = propagation.extract(context.active(), c.req.raw.headers, headerGetter);
    const method = knownMethods.has(c.req.method) ? c.req.method : "_OTHER";
    const route = matchedRoute(c);
    const span = trace.getTracer("holdfast").startSpan(
      nameOf(method, route),
      {
        kind: SpanKind.SERVER,
        attributes: { "http.request.method": method, ...(route !== undefined && { "http.route": route }) },
      },
      parent,
    );
    try {
      await context.with(trace.setSpan(parent, span), next);
      describe(span, c, method);
    } finally {
      span.end();
    }
  };
}

function describe(span: Span, c: Context<ServerEnv>, method: string): void {
  const { status } = c.res;
  const route = c.get("route");
  if (route !== undefined) span.updateName(nameOf(method, route)).setAttribute("http.route", route);
  span.setAttribute("http.response.status_code", status);
  const code = answerCode(c);
  if (code !== "OK") span.setAttribute("error.type", code);
  // A request that was wrong is no error of the server's.
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}

function nameOf(method: string, route: string | undefined): string {
  const verb = method === "_OTHER" ? "HTTP" : method;
  return route === undefined ? verb : `${verb} ${route}`;
}

/** Others are made up by callers. */
const knownMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

const headerGetter: TextMapGetter<Headers> = {
  get: (headers, name) => headers.get(name) ?? undefined,
  keys: (headers) => [...headers.keys()],
};

import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answeringApp } from "./answering-app.js";

let db: Holdfast;
const exporter = new InMemorySpanExporter();

beforeEach(async () => {
  db = await open("memory:");
});

afterEach(async () => {
  trace.disable();
  context.disable();
  propagation.disable();
  exporter.reset();
  await db.close();
});

function setUp(): void {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}

const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

describe("where the application has OpenTelemetry set up", () => {
  beforeEach(setUp);

  it("a request is a span, with its route and its status, and no content", async () => {
    const { send, tokens } = answeringApp(db);
    const body = JSON.stringify({ tenantId: "acme", value: "canary" });
    await send("/v1/kv/put?canary=1", { method: "POST", token: tokens.add({}), body });
    expect(exporter.getFinishedSpans()).toHaveLength(1);
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ name: "POST /v1/kv/put", kind: 1, status: { code: 0 } });
    expect(span?.attributes).toEqual({
      "http.request.method": "POST",
      "http.route": "/v1/kv/put",
      "http.response.status_code": 200,
    });
    expect(span?.events).toEqual([]);
  });

  it("its parent is the one that traceparent names, and it is the parent of what its route does", async () => {
    const { app, send, tokens } = answeringApp(db);
    app.get("/v1/inner", async (c) => {
      await db.healthCheck();
      trace.getTracer("test").startSpan("inner").end();
      return c.text("");
    });
    await send("/v1/inner", { token: tokens.add({}), headers: { traceparent } });
    const [inner, outer] = exporter.getFinishedSpans();
    expect(outer?.spanContext().traceId).toBe(traceId);
    expect(outer?.parentSpanContext?.spanId).toBe("b7ad6b7169203331");
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  it("says how it failed, and is only marked as an error where the server was at fault", async () => {
    const { send, tokens } = answeringApp(db);
    await send("/v1/broken", { method: "POST", token: tokens.add({}) });
    await send("/v1/made-up", { method: "WHAT" });
    const [broken, unknown] = exporter.getFinishedSpans();
    expect(broken).toMatchObject({ status: { code: 2 }, attributes: { "error.type": "INTERNAL" } });
    expect(JSON.stringify([broken?.status, broken?.events, broken?.attributes])).not.toContain("it broke");
    expect(unknown).toMatchObject({ name: "HTTP", status: { code: 0 } });
    expect(unknown?.attributes).toEqual({
      "http.request.method": "_OTHER",
      "http.response.status_code": 401,
      "error.type": "UNAUTHENTICATED",
    });
  });
});

it("where it is not set up, requests are answered all the same", async () => {
  const { send, tokens } = answeringApp(db);
  const answer = await send("/v1/who", { token: tokens.add({}), headers: { traceparent } });
  expect(answer.status).toBe(200);
  expect(exporter.getFinishedSpans()).toEqual([]);
});

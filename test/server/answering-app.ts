import type { Hono } from "hono";
import { HoldfastError } from "holdfast";
import type { Holdfast } from "holdfast";
import { errorAnswer } from "../../dist/server/error-answer.js";
import { guardedApp } from "../../dist/server/guarded-app.js";
import type { AccessOptions, GuardedApp } from "../../dist/server/guarded-app.js";
import type { ServerEnv } from "../../dist/server/request-variables.js";
import { KnownTokens } from "./known-tokens.js";

export interface AnsweringApp extends GuardedApp {
  readonly tokens: KnownTokens;
  /** Sends a request: with `token`, if there is one, and `headers`. */
  send(path: string, init?: Sent): Promise<Response>;
}

export interface Sent {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A guarded app whose routes say who calls and fail on command, and that answers errors as PROTOCOL.md says. */
export function answeringApp(db: Holdfast, options?: AccessOptions): AnsweringApp {
  const tokens = new KnownTokens();
  const guarded = guardedApp({ db, tokens }, options);
  const { app } = guarded;
  answerErrors(app);
  app.get("/v1/who", (c) => c.json(c.get("principal")));
  app.post("/v1/kv/put", async (c) => {
    const { tenantId } = await bodyOf(c.req.raw);
    c.set("tenantId", tenantId);
    return c.json({ result: true });
  });
  app.post("/v1/broken", () => {
    throw new TypeError("it broke", { cause: new Error("because of this") });
  });
  return {
    ...guarded,
    tokens,
    send: async (path, init = {}) => app.fetch(requestOf(path, init)),
  };
}

async function bodyOf(request: Request): Promise<{ readonly tenantId: string }> {
  try {
    return (await request.json()) as { tenantId: string };
  } catch (cause) {
    throw new HoldfastError("INVALID_ARGUMENT", "The body is no JSON.", { cause });
  }
}

function answerErrors(app: Hono<ServerEnv>): void {
  app.onError((error, c) => errorAnswer(error, c.get("requestId")));
  app.notFound(() => {
    throw new HoldfastError("NOT_FOUND", "There is no such route.");
  });
}

export function requestOf(path: string, { method = "GET", token, headers = {}, body }: Sent): Request {
  return new Request(`http://localhost:4040${path}`, {
    method,
    headers: { host: "localhost:4040", ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body }),
  });
}

import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { Context } from "hono";
import { HoldfastError } from "../contract/index.js";
import type { Holdfast } from "../contract/index.js";
import { withStatus } from "../wire/errors.js";
import { routes } from "../wire/routes.js";
import { answer } from "./dispatch.js";
import { docsPage, docsPolicy } from "./docs-page.js";
import { errorAnswer } from "./error-answer.js";
import { openApi } from "./openapi.js";
import type { Principal } from "./principal.js";

export type { Principal } from "./principal.js";

export interface HandlerOptions {
  /** Says who is calling, or throws. Without it nobody is known, and every call is `UNAUTHENTICATED`. */
  readonly authenticate?: ((request: Request) => Principal | Promise<Principal>) | undefined;
  /** Bytes of a body at most, and of a line of an import; 32 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
}

/** What the server knows of a request. */
interface ServerEnv {
  Variables: { requestId: string; principal: Principal };
}

/** The batch that is largest in the contract, where its text is escaped and its bytes are in base64. */
const defaultMaxBodyBytes = 33_554_432;

/**
 * Makes an open store a server: a function that answers requests as PROTOCOL.md says. It never rejects, and closes nothing.
 */
export function createHandler(db: Holdfast, options: HandlerOptions = {}): (request: Request) => Promise<Response> {
  const { authenticate = refuseEverybody, maxBodyBytes = defaultMaxBodyBytes } = options;
  const app = new Hono<ServerEnv>();
  app.use(async (context, next) => {
    context.set("requestId", requestIdOf(context.req.raw));
    try {
      await next();
    } catch (error) {
      // Hono hands on to onError only what is an Error.
      context.res = errorAnswer(error, context.get("requestId"));
    }
    addHeaders(context);
  });
  addDocuments(app);
  app.use("/v1/*", async (context, next) => {
    context.set("principal", await authenticate(context.req.raw));
    await next();
  });
  for (const route of routes) {
    app.post(route.path, (context) =>
      answer(
        db,
        route,
        { request: context.req.raw, requestId: context.get("requestId"), principal: context.get("principal") },
        maxBodyBytes,
      ),
    );
    app.all(route.path, refuseMethod("POST"));
  }
  app.notFound((context) => errorAnswer(noSuchRoute(), context.get("requestId")));
  app.onError((error, context) => errorAnswer(error, context.get("requestId")));
  return async (request) => app.fetch(request);
}

function addDocuments(app: Hono<ServerEnv>): void {
  let document: string | undefined;
  let page: string | undefined;
  app.get("/openapi.json", (context) => {
    document ??= JSON.stringify(openApi());
    return context.body(document, 200, { "Content-Type": "application/json" });
  });
  app.get("/docs", (context) => {
    page ??= docsPage(openApi());
    return context.html(page, 200, { "Content-Security-Policy": docsPolicy });
  });
  for (const path of ["/openapi.json", "/docs"]) app.all(path, refuseMethod("GET, HEAD"));
}

/** The caller's own, where it can be logged and stored as it is. */
function requestIdOf(request: Request): string {
  const given = request.headers.get("X-Request-Id");
  return given !== null && /^[\x21-\x7e]{1,256}$/.test(given) ? given : randomUUID();
}

function addHeaders(context: Context<ServerEnv>): void {
  context.header("X-Request-Id", context.get("requestId"));
  context.header("X-Content-Type-Options", "nosniff");
  if (!context.res.headers.has("Cache-Control")) context.header("Cache-Control", "no-store");
}

function refuseEverybody(): never {
  throw new HoldfastError("UNAUTHENTICATED", "This server was told of nobody who may use it.");
}

function refuseMethod(allow: string): () => never {
  return () => {
    throw withStatus(
      new HoldfastError("INVALID_ARGUMENT", `This route takes ${allow} only.`, { details: { allow } }),
      405,
    );
  };
}

function noSuchRoute(): HoldfastError {
  return new HoldfastError("NOT_FOUND", "There is no such route. GET /openapi.json says which there are.");
}

import type { Context, MiddlewareHandler } from "hono";
import type { ErrorCode } from "../../contract/index.js";
import { answerCode } from "./answer-code.js";
import { matchedRoute } from "./matched-route.js";
import type { Principal } from "../access/principal.js";
import type { ServerEnv } from "../request-variables.js";

/** Takes structured lines, as a logger of pino does. */
export interface RequestLogger {
  info(line: object, message: string): void;
  warn(line: object, message: string): void;
  error(line: object, message: string): void;
}

/**
 * Writes one line for each request, when it was answered, or when its stream has ended. Goes around everything but `requestId`.
 *
 * Never bodies, query strings or credentials: the route is its pattern. What failed with `INTERNAL` has its causes and stacks,
 * and a refused credential the reason, which nobody else hears.
 */
export function requestLog(logger: RequestLogger | undefined): MiddlewareHandler<ServerEnv> {
  if (logger === undefined) return (_, next) => next();
  return async (c, next) => {
    const started = performance.now();
    await next();
    const stream = c.get("stream");
    if (stream !== undefined) return void stream.then((end) => write(logger, c, started, end));
    const bytesOut = c.get("bytesOut") ?? lengthOf(c.res.headers);
    write(logger, c, started, { code: answerCode(c), bytesOut, error: c.error });
  };
}

/** How a request, or the stream that is its answer, ended. */
interface Answered {
  readonly code: ErrorCode | "OK";
  readonly bytesOut: number | undefined;
  readonly error?: unknown;
}

function write(
  logger: RequestLogger,
  c: Context<ServerEnv>,
  started: number,
  { code, bytesOut, error }: Answered,
): void {
  const { status } = c.res;
  // Absent where the request was refused before it was known.
  const principal = c.get("principal") as Principal | undefined;
  const line = {
    requestId: c.get("requestId"),
    method: c.req.method,
    route: matchedRoute(c),
    status,
    code,
    durationMs: Math.round((performance.now() - started) * 1000) / 1000,
    bytesIn: c.get("bytesIn") ?? lengthOf(c.req.raw.headers),
    bytesOut,
    principalId: principal?.id,
    tenantId: c.get("tenantId") ?? principal?.tenantId,
    ...(code === "UNAUTHENTICATED" && { reason: reasonOf(error) }),
    ...((status >= 500 || code === "INTERNAL") && error !== undefined && { error: described(error) }),
  };
  try {
    logger[code === "INTERNAL" ? "error" : levelOf(status)](line, "request");
  } catch {
    // A logger that fails must not fail the request that it is about.
  }
}

function levelOf(status: number): "info" | "warn" | "error" {
  if (status >= 500) return "error";
  return status === 401 || status === 403 || status === 429 ? "warn" : "info";
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length === null || !/^\d{1,15}$/.test(length) ? undefined : Number(length);
}

/** How many causes of causes are told. */
const causes = 4;

/** Only these fields of an error: drivers put the values of statements into others. */
function described(error: unknown, depth: number = 0): object | undefined {
  if (!(error instanceof Error) || depth > causes) return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return {
    name: error.name,
    code,
    message: error.message,
    stack: error.stack,
    cause: described(error.cause, depth + 1),
  };
}

function reasonOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? cause.message : undefined;
}

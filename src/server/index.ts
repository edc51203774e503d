import { v7 } from "uuid";
import { HoldfastError } from "../contract/index.js";
import type { Holdfast } from "../contract/index.js";
import { routes } from "../wire/routes.js";
import { withBackups } from "./calls/backups.js";
import { answer } from "./calls/dispatch.js";
import { documents } from "./documents/documents.js";
import { errorAnswer } from "./error-answer.js";
import { guardedApp } from "./guarded-app.js";
import type { AccessOptions } from "./guarded-app.js";
import { addLanes } from "./lanes/routes.js";
import { refuseMethod } from "./refuse-method.js";
import { setClock } from "./set-clock.js";
import type { SettableClock } from "./set-clock.js";
import { addTail } from "./tails/tail.js";
import type { TailOptions } from "./tails/tail.js";

export { jsonLogger } from "./observing/json-logger.js";
export type { JwtOptions } from "./access/jwt-options.js";
export type { Principal } from "./access/principal.js";
export { settableClock } from "./set-clock.js";
export type { SettableClock } from "./set-clock.js";

export interface HandlerOptions extends AccessOptions, TailOptions {
  /** Bytes of a body at most, and of a line of an import; 32 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** What stands before the server's own paths where it is a part of an application, such as `/api/holdfast`. */
  readonly basePath?: string | undefined;
  /**
   * A directory of its own that operators may have backups of the store written into (`backup`); none by default. It is one of
   * the machine that serves.
   */
  readonly backups?: string | undefined;
  /** The clock that the store was opened with, where requests may set it (`Holdfast-Now`). For development only. */
  readonly clock?: SettableClock | undefined;
}

/** Answers a request. `env` is what the platform knows of it besides, such as the client's address; see `failedAttempts`. */
export type Handler = (request: Request, env?: object) => Promise<Response>;

/** The batch that is largest in the contract, where its text is escaped and its bytes are in base64. */
const defaultMaxBodyBytes = 33_554_432;

/**
 * Makes an open store a server: a function that answers requests as PROTOCOL.md says. It never rejects, and closes nothing.
 *
 * Nobody may do anything but those who show a token of the store, unless the options say otherwise. `INVALID_ARGUMENT` where
 * `db` is not what `open` gave.
 */
export function createHandler(db: Holdfast, options: HandlerOptions = {}): Handler {
  const { maxBodyBytes = defaultMaxBodyBytes, basePath = "", clock } = options;
  const { app, tails, watches, quotas } = guardedApp({ db, tokens: db.tokens, open: documents() }, options);
  const server = { db, maxBodyBytes, ...(quotas && { quotas }) };
  const called = { ...server, db: withBackups(db, options.backups) };
  app.use(setClock(clock));
  for (const route of routes) {
    app.post(route.path, (c) => answer(called, route, c));
    app.all(route.path, refuseMethod("POST"));
  }
  addLanes(app, server);
  addTail(app, { ...options, db, tails, watches });
  app.notFound(() => {
    throw noSuchRoute();
  });
  app.onError((error, c) => errorAnswer(error, c.get("requestId")));
  return async (request, env) => {
    try {
      return await app.fetch(withoutBase(request, basePath), env);
    } catch (error) {
      return errorAnswer(error, v7());
    }
  };
}

/** The request as if the server were all of its application. */
function withoutBase(request: Request, basePath: string): Request {
  if (basePath === "") return request;
  const url = new URL(request.url);
  if (!url.pathname.startsWith(`${basePath}/`)) return request;
  url.pathname = url.pathname.slice(basePath.length);
  return new Request(url, request);
}

function noSuchRoute(): HoldfastError {
  return new HoldfastError("NOT_FOUND", "There is no such route. GET /openapi.json says which there are.");
}

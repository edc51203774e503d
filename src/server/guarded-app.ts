import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import type { Holdfast, TokenStore } from "../contract/index.js";
import { answerHeaders } from "./answer-headers.js";
import { authentication, authenticator } from "./access/authentication.js";
import type { AuthenticationOptions } from "./access/authentication.js";
import { crossOrigin } from "./access/cross-origin.js";
import type { CrossOriginOptions } from "./access/cross-origin.js";
import { FailedAttempts } from "./access/failed-attempts.js";
import type { FailedAttemptOptions } from "./access/failed-attempts.js";
import { requestLog } from "./observing/logging.js";
import type { RequestLogger } from "./observing/logging.js";
import { createMetrics, metricsRoute } from "./observing/metrics.js";
import { PrincipalWatches } from "./access/principal-watches.js";
import type { PrincipalWatchOptions } from "./access/principal-watches.js";
import { probes } from "./observing/probes.js";
import { TenantQuotas } from "./access/quotas.js";
import type { QuotaOptions, Quotas } from "./access/quotas.js";
import { rateLimit } from "./access/rate-limit.js";
import type { RateLimitOptions } from "./access/rate-limit.js";
import { requestId } from "./request-id.js";
import type { ServerEnv } from "./request-variables.js";
import { TailLimit } from "./access/tail-limit.js";
import type { TailLimitOptions } from "./access/tail-limit.js";
import { tracing } from "./observing/tracing.js";

/** Who may call a server, how often, and who hears of it. */
export interface AccessOptions extends AuthenticationOptions {
  /** How often each principal may call; as often as they like, by default. */
  readonly rateLimit?: RateLimitOptions | undefined;
  /** How often a client may show a wrong credential; as often as it likes, by default. */
  readonly failedAttempts?: FailedAttemptOptions | undefined;
  readonly tails?: (TailLimitOptions & PrincipalWatchOptions) | undefined;
  /** How much each tenant may hold; as much as it likes, by default. */
  readonly quotas?: Quotas | undefined;
  readonly quotaOptions?: QuotaOptions | undefined;
  /** The pages that may call; none by default. */
  readonly cors?: CrossOriginOptions | undefined;
  /** Hears of each request; nobody does by default. */
  readonly logger?: RequestLogger | undefined;
  /** Who may read `/metrics`: operators, by default, or everybody. */
  readonly metrics?: "operator" | "open" | undefined;
  /** Whether the server is about to end: then it is not ready. */
  readonly isDraining?: (() => boolean) | undefined;
}

/** An app to add routes to, all of which are behind authentication, and what those routes need of it. */
export interface GuardedApp {
  readonly app: Hono<ServerEnv>;
  /** To be asked for each tail before it begins. */
  readonly tails: TailLimit;
  /** To be asked for the signal that ends a tail whose credential was revoked. */
  readonly watches: PrincipalWatches;
  /** To do writes with; absent where there are no quotas. */
  readonly quotas?: TenantQuotas;
}

/** What is served, and the tokens by which it is known who calls. */
export interface Guarded {
  readonly db: Pick<Holdfast, "healthCheck" | "load" | "stats" | "tenant">;
  readonly tokens: Pick<TokenStore, "verify">;
  /** What anybody may have, without a token. */
  readonly open?: Hono<ServerEnv>;
}

/** Makes an error of what an application's function throws: nothing here answers, logs or counts what is none. */
const throwErrors: MiddlewareHandler<ServerEnv> = async (_, next) => {
  try {
    await next();
  } catch (error) {
    throw error instanceof Error ? error : new Error("What was thrown is no error.", { cause: error });
  }
};

/** Makes an app with all of `access/` and `observing/` around its routes, in the order in which it must be. */
export function guardedApp({ db, tokens, open }: Guarded, options: AccessOptions = {}): GuardedApp {
  const tails = new TailLimit(options.tails);
  const metrics = createMetrics({ db, tails });
  const attempts = options.failedAttempts === undefined ? undefined : new FailedAttempts(options.failedAttempts);
  const guard = authentication(authenticator(tokens, options), attempts);
  const app = new Hono<ServerEnv>();
  // What observes is outside of what refuses, so that it hears of refusals, and the names of requests are outside of all.
  app.use(
    requestId(),
    requestLog(options.logger),
    tracing(),
    metrics.measure,
    answerHeaders(),
    crossOrigin(options.cors),
    throwErrors,
  );
  app.route("/", probes(db, { isDraining: options.isDraining }));
  app.route("/", metricsRoute(metrics, options.metrics === "open" ? undefined : guard));
  if (open !== undefined) app.route("/", open);
  app.use(guard);
  if (options.rateLimit !== undefined) app.use(rateLimit(options.rateLimit));
  return {
    app,
    tails,
    watches: new PrincipalWatches(options.tails),
    ...(options.quotas !== undefined && { quotas: new TenantQuotas(db, options.quotas, options.quotaOptions) }),
  };
}

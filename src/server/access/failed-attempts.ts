import { RateLimiterMemory } from "rate-limiter-flexible";
import { integer } from "../../core/arguments.js";
import { exhausted } from "./exhausted.js";

export interface FailedAttemptOptions {
  /** Requests with a wrong credential that one client may make in a minute. */
  readonly perMinute: number;
  /**
   * Names the client of a request, such as by the address of its connection, which Hono's adapters have in `env`;
   * `undefined` where it is not known, and then not limited. `X-Forwarded-For` is only worth something where a proxy of yours
   * sets it.
   */
  readonly clientOf: (request: Request, env: unknown) => string | undefined;
}

/** Counts requests with a wrong credential by client, so that one that goes on is refused before anything is looked up. */
export class FailedAttempts {
  readonly clientOf: FailedAttemptOptions["clientOf"];
  readonly #perMinute: number;
  readonly #failures: RateLimiterMemory;

  constructor({ perMinute, clientOf }: FailedAttemptOptions) {
    this.clientOf = clientOf;
    this.#perMinute = integer(perMinute, "failedAttempts.perMinute", 1);
    this.#failures = new RateLimiterMemory({ points: perMinute, duration: 60 });
  }

  /** Rejects with `RESOURCE_EXHAUSTED` where the client has failed too often. */
  async check(client: string): Promise<void> {
    const failures = await this.#failures.get(client);
    if (failures === null || failures.consumedPoints < this.#perMinute) return;
    throw exhausted("attempts", "There were too many requests with a wrong credential.", {
      limit: this.#perMinute,
      retryAfterMs: failures.msBeforeNext,
    });
  }

  async note(client: string): Promise<void> {
    await this.#failures.penalty(client);
  }
}

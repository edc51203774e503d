import { HoldfastError } from "../../contract/index.js";
import type { EpochMs } from "../../contract/index.js";
import { Backoff } from "./backoff.js";
import { answerError, isLost, networkError, retryAfterMs } from "./errors.js";

export interface TransportOptions {
  /** Where the server is: what stands before `/v1/…`. */
  readonly base: string;
  readonly token: string | (() => string | Promise<string>) | undefined;
  readonly fetch: typeof fetch;
  /** The time that requests set, where the application has a clock of its own. */
  readonly clock: (() => EpochMs) | undefined;
  /** For how long a request is made again while the server cannot be reached. */
  readonly retryForMs: number;
}

/** How a request is made. */
export interface Sending {
  /** Aborted once nobody waits for its answer. */
  readonly gone?: AbortSignal | undefined;
  /** Whether it must not be made again where an earlier one may have reached the server. */
  readonly isOnce?: boolean;
}

/** Makes requests, and makes them again where the server could not be reached: only such as may be repeated. */
export class Transport {
  readonly base: string;
  readonly #options: TransportOptions;
  readonly #underWay = new Set<AbortController>();

  constructor(options: TransportOptions) {
    this.base = options.base;
    this.#options = options;
  }

  /** Calls a route, and resolves with its `result`. Rejects with the error that the server answered with. */
  async call<T>(path: string, body: object, { gone, isOnce = false }: Sending = {}): Promise<T> {
    const text = JSON.stringify(body);
    return this.#again({ gone, isOnce }, async (signal) => {
      const response = await this.#fetch(path, { method: "POST", body: text, headers: json, signal });
      const answer = (await readJson(response)) as { readonly result?: T };
      return answer.result as T;
    });
  }

  /** Opens a stream of events, behind the one with this id. It goes on until `gone` is aborted. */
  async events(path: string, lastEventId: number, gone: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return this.#again({ gone, isOnce: false }, async () => {
      const headers = { accept: "text/event-stream", "last-event-id": String(lastEventId) };
      const response = await this.#fetch(path, { method: "GET", headers, signal: gone });
      if (response.status !== 200 || response.body === null) throw await answerError(response);
      return response.body;
    });
  }

  /** Waits a little, as before a request is made again. */
  backoff(): Backoff {
    return new Backoff(this.#options.retryForMs);
  }

  /** Ends what is under way. */
  close(): void {
    for (const request of this.#underWay) request.abort();
  }

  /** A signal of its own for each request: `fetch` would leave something behind on one that they share. */
  async #again<T>({ gone, isOnce }: Sending, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const request = new AbortController();
    const abort = (): void => request.abort();
    gone?.throwIfAborted();
    gone?.addEventListener("abort", abort);
    this.#underWay.add(request);
    try {
      return await this.#untilAnswered(request.signal, attempt, isOnce === true);
    } finally {
      this.#underWay.delete(request);
      gone?.removeEventListener("abort", abort);
    }
  }

  async #untilAnswered<T>(
    signal: AbortSignal,
    attempt: (signal: AbortSignal) => Promise<T>,
    isOnce: boolean,
  ): Promise<T> {
    const backoff = this.backoff();
    let wasSent = false;
    for (;;) {
      try {
        return await attempt(signal);
      } catch (error) {
        signal.throwIfAborted();
        const failure = error instanceof HoldfastError ? error : networkError(error, this.base);
        wasSent ||= failure.outcome !== "none";
        if (!isLost(failure)) throw failure;
        if (isOnce && wasSent) throw settled(failure, wasSent);
        if (!(await backoff.wait(signal, retryAfterMs(failure)))) throw settled(failure, wasSent);
      }
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const { token, clock, fetch: request, base } = this.#options;
    const headers = new Headers(init.headers);
    const secret = typeof token === "function" ? await token() : token;
    if (secret !== undefined) headers.set("authorization", `Bearer ${secret}`);
    if (clock !== undefined) headers.set("holdfast-now", String(clock()));
    // A redirect is no answer. With "error" Node loses the signal once its garbage is collected (nodejs/undici#4627).
    return request(`${base}${path}`, { ...init, headers, redirect: "manual" });
  }
}

const json = { "content-type": "application/json", accept: "application/json" };

async function readJson(response: Response): Promise<unknown> {
  if (response.status !== 200) throw await answerError(response);
  return response.json();
}

/** Whether anything came of it is known only if no attempt reached the server. */
function settled(failure: HoldfastError, wasSent: boolean): HoldfastError {
  const { code, message, details, retryable } = failure;
  const outcome = wasSent ? "unknown" : "none";
  return new HoldfastError(code, message, { details, retryable, outcome, cause: failure.cause });
}

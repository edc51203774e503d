import { HoldfastError } from "../../contract/index.js";
import type { EpochMs } from "../../contract/index.js";
import { isToken } from "../../core/open-options.js";
import { Backoff } from "./backoff.js";
import { isLost, networkError, retryAfterMs, settled, tokenError } from "./errors.js";
import { answerError, resultOf } from "./answers.js";

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
  /** Whether it changes nothing: then its errors say nothing of an outcome. */
  readonly isRead?: boolean;
  /** When to give up; after `retryForMs` by default. */
  readonly backoff?: Backoff;
}

/** What a request says. A function is asked for each attempt: what remains of a deadline gets less. */
export type Body = object | (() => object);

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
  async call<T>(path: string, body: Body, sending: Sending = {}): Promise<T> {
    return this.#whileNeeded(sending.gone, (signal) =>
      this.#again(signal, sending, () => this.#post<T>(path, typeof body === "function" ? body() : body, signal)),
    );
  }

  /** The same, once. Errors of the way there are `UNAVAILABLE`, too. */
  async callOnce<T>(path: string, body: object, gone: AbortSignal | undefined): Promise<T> {
    return this.#whileNeeded(gone, (signal) => this.#post<T>(path, body, signal));
  }

  /** Opens a stream of events, behind the one with this id; tries once. It goes on until `gone` is aborted. */
  async events(path: string, lastEventId: number, gone: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = { accept: "text/event-stream", "last-event-id": String(lastEventId) };
    const response = await this.#fetch(path, { method: "GET", headers, signal: gone });
    if (response.status !== 200 || response.body === null) throw await answerError(response);
    return response.body;
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
  async #whileNeeded<T>(gone: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const request = new AbortController();
    const abort = (): void => request.abort();
    gone?.throwIfAborted();
    gone?.addEventListener("abort", abort);
    this.#underWay.add(request);
    try {
      return await work(request.signal);
    } finally {
      this.#underWay.delete(request);
      gone?.removeEventListener("abort", abort);
    }
  }

  async #again<T>(signal: AbortSignal, sending: Sending, attempt: () => Promise<T>): Promise<T> {
    const { isOnce = false, isRead = false, backoff = this.backoff() } = sending;
    let mayBeDone = false;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof HoldfastError)) throw error;
        const canRepeat = isLost(error);
        mayBeDone ||= canRepeat && error.outcome !== "none";
        if (canRepeat && !(isOnce && mayBeDone) && (await backoff.wait(signal, retryAfterMs(error)))) continue;
        throw isRead ? settled(error, undefined) : mayBeDone ? settled(error, "unknown") : error;
      }
    }
  }

  async #post<T>(path: string, body: object, signal: AbortSignal): Promise<T> {
    const response = await this.#fetch(path, { method: "POST", body: JSON.stringify(body), headers: json, signal });
    if (response.status !== 200) throw await answerError(response);
    const text = await response.text().catch((error: unknown) => {
      throw networkError(error, this.base);
    });
    return resultOf(response, text) as T;
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const { clock, fetch: request, base } = this.#options;
    const headers = new Headers(init.headers);
    const secret = await this.#secret();
    if (secret !== undefined) headers.set("authorization", `Bearer ${secret}`);
    if (clock !== undefined) headers.set("holdfast-now", String(clock()));
    try {
      // Not followed: what a redirect makes of a POST is a GET. With "error" Node loses the signal once its garbage is
      // collected (nodejs/undici#4627).
      return await request(`${base}${path}`, { ...init, headers, redirect: "manual" });
    } catch (error) {
      throw networkError(error, base);
    }
  }

  /** Asked for each request, so that a token can be replaced while the store is open. */
  async #secret(): Promise<string | undefined> {
    const { token } = this.#options;
    if (typeof token !== "function") return token;
    let given: unknown;
    try {
      given = await token();
    } catch (error) {
      throw tokenError("options.token failed, and nothing was sent.", error);
    }
    if (isToken(given)) return given;
    throw tokenError("options.token must give a token, without spaces, and gave none.");
  }
}

const json = { "content-type": "application/json", accept: "application/json" };

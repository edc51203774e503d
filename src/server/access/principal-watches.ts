import { HoldfastError } from "../../contract/index.js";
import type { Caller, Credential } from "./credential.js";
import type { Principal } from "./principal.js";

export interface PrincipalWatchOptions {
  /** Milliseconds from one look at a credential to the next; 1,000 by default. */
  readonly intervalMs?: number | undefined;
  /** Milliseconds for which a credential is good that cannot be looked at, because its store is down; 30,000 by default. */
  readonly toleratedMs?: number | undefined;
}

/** One stream's watch of whose it is. */
export interface PrincipalWatch {
  /** Aborted, with `UNAUTHENTICATED` as its reason, soon after the credential was revoked or has expired. */
  readonly signal: AbortSignal;
  /** Ends the watch. To be called when the stream has ended, also by this signal. */
  release(): void;
}

/** Looks again and again at the credentials of streams, which go on for long after they were checked. */
export class PrincipalWatches {
  readonly #intervalMs: number;
  readonly #toleratedMs: number;
  readonly #watched = new Map<string, Watched>();

  constructor({ intervalMs = 1000, toleratedMs = 30_000 }: PrincipalWatchOptions = {}) {
    this.#intervalMs = intervalMs;
    this.#toleratedMs = toleratedMs;
  }

  /** Watches a caller. However many streams have the same credential, it is looked at once in an interval. */
  watch({ credential, principal }: Caller): PrincipalWatch {
    const stream = new AbortController();
    const watched = this.#watchedOf(credential, principal);
    watched.streams.add(stream);
    return {
      signal: stream.signal,
      release: () => {
        watched.streams.delete(stream);
        if (watched.streams.size === 0) this.#forget(watched);
      },
    };
  }

  #watchedOf(credential: Credential, principal: Principal): Watched {
    let watched = this.#watched.get(credential.key);
    if (watched === undefined) {
      watched = { credential, principal, streams: new Set(), verifiedAt: performance.now() };
      this.#watched.set(credential.key, watched);
      this.#schedule(watched);
    }
    return watched;
  }

  #schedule(watched: Watched): void {
    watched.timer = setTimeout(() => void this.#look(watched), this.#intervalMs);
    // A watch alone must not keep a process from ending. Workers have numbers for timers.
    if (typeof watched.timer === "object") watched.timer.unref();
  }

  async #look(watched: Watched): Promise<void> {
    const refusal = await this.#refusalOf(watched);
    if (watched.streams.size === 0) return;
    if (refusal === undefined) return this.#schedule(watched);
    this.#forget(watched);
    for (const stream of watched.streams) stream.abort(refusal);
  }

  /** Why its streams must end; `undefined` while they need not. */
  async #refusalOf(watched: Watched): Promise<HoldfastError | undefined> {
    try {
      const now = await watched.credential.verify();
      watched.verifiedAt = performance.now();
      return isSame(now, watched.principal) ? undefined : ended();
    } catch (error) {
      if (error instanceof HoldfastError && error.code === "UNAUTHENTICATED") return ended();
      return performance.now() - watched.verifiedAt < this.#toleratedMs ? undefined : unchecked(error);
    }
  }

  #forget(watched: Watched): void {
    clearTimeout(watched.timer);
    if (this.#watched.get(watched.credential.key) === watched) this.#watched.delete(watched.credential.key);
  }
}

interface Watched {
  readonly credential: Credential;
  readonly principal: Principal;
  readonly streams: Set<AbortController>;
  verifiedAt: number;
  timer?: ReturnType<typeof setTimeout>;
}

function isSame(a: Principal, b: Principal): boolean {
  return a.id === b.id && a.tenantId === b.tenantId && a.userId === b.userId && a.scopes.join() === b.scopes.join();
}

function ended(): HoldfastError {
  return new HoldfastError("UNAUTHENTICATED", "The credential of this stream was revoked, has changed or has expired.");
}

function unchecked(cause: unknown): HoldfastError {
  return new HoldfastError("UNAVAILABLE", "The credential of this stream can no longer be checked. Open it again.", {
    cause,
  });
}

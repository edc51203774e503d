import { HoldfastError, limits } from "../contract/index.js";
import type { Clock, StoreLoad } from "../contract/index.js";
import type { Backend, Commit, CommitError, CommitOutcome } from "./backend.js";
import { checkInterrupted, isInterruptible, onInterruption } from "./interruption.js";
import type { Call } from "./interruption.js";

/** A commit as it waits for its group: the time is given to it when the group is sent. */
export type UntimedCommit = Omit<Commit, "now">;

export type Committed = Extract<CommitOutcome, { ok: true }>;

/**
 * Sends commits to the backend in groups: while one group is being made durable, the next gathers.
 *
 * Commits of a lane are applied in the order they were submitted.
 */
export class Committer {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #isInterruptible: boolean;
  readonly #lanes = new Map<string, Lane>();
  readonly #underWay = new Set<Promise<void>>();
  #commits = 0;
  #groups = 0;

  /** `isInterruptible`: whether a call that is interrupted is answered while its commit is on its way. */
  constructor(backend: Backend, clock: Clock, isInterruptible: boolean) {
    this.#backend = backend;
    this.#clock = clock;
    this.#isInterruptible = isInterruptible;
  }

  /** Resolves once the commit is durable. Rejects with what refused it, or as soon as the call is interrupted. */
  submit(commit: UntimedCommit, bytes: number, call: Call): Promise<Committed> {
    checkInterrupted(call, "none");
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(commit.tenantId);
      const waiting: Waiting = {
        commit,
        bytes,
        canLeave: this.#isInterruptible && isInterruptible(call),
        resolve: settle(resolve),
        reject: settle(reject),
      };
      const stop = onInterruption(call, (fail) => {
        const { group } = waiting;
        if (group !== undefined && !waiting.canLeave) return;
        if (group === undefined) lane.queue.splice(lane.queue.indexOf(waiting), 1);
        waiting.reject(fail(group === undefined ? "none" : "unknown"));
        group?.leave();
      });
      lane.queue.push(waiting);
      this.#schedule(lane);

      function settle<T>(settled: (value: T) => void): (value: T) => void {
        return (value) => {
          stop();
          settled(value);
        };
      }
    });
  }

  /** What was sent so far, and what waits. */
  get load(): Pick<StoreLoad, "commits" | "groups" | "waitingCommits"> {
    let waitingCommits = 0;
    for (const { queue } of this.#lanes.values()) waitingCommits += queue.length;
    return { commits: this.#commits, groups: this.#groups, waitingCommits };
  }

  /** Resolves when no group is on its way: also none whose callers were interrupted. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #laneOf(tenantId: string): Lane {
    const name = this.#backend.grouping.lane === "store" ? "" : tenantId;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { name, queue: [], inFlight: 0, isScheduled: false };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #schedule(lane: Lane): void {
    if (lane.isScheduled || lane.queue.length === 0 || lane.inFlight >= this.#backend.grouping.inFlight) return;
    lane.isScheduled = true;
    // Not a microtask: callers that were answered together need several of those until they write again, together.
    setImmediate(() => {
      lane.isScheduled = false;
      void this.#send(lane);
    });
  }

  async #send(lane: Lane): Promise<void> {
    const group = takeGroup(lane.queue, this.#backend.grouping.commits);
    if (group.members.length > 0) {
      lane.inFlight++;
      this.#groups++;
      this.#commits += group.members.length;
      this.#schedule(lane);
      const committing = this.#commit(group);
      this.#underWay.add(committing);
      await committing;
      this.#underWay.delete(committing);
      lane.inFlight--;
    }
    if (lane.queue.length > 0) this.#schedule(lane);
    else if (lane.inFlight === 0 && !lane.isScheduled) this.#lanes.delete(lane.name);
  }

  async #commit({ members, gone }: Group): Promise<void> {
    try {
      const now = this.#clock();
      const commits = members.map(({ commit }) => ({ ...commit, now }));
      const outcomes = await this.#backend.commit(commits, gone);
      for (const [index, { resolve, reject }] of members.entries()) {
        const outcome = outcomes[index];
        if (outcome?.ok === true) resolve(outcome);
        else reject(outcome === undefined ? unanswered() : toError(outcome.error));
      }
    } catch (error) {
      for (const { reject } of members) reject(error);
    }
  }
}

interface Lane {
  readonly name: string;
  readonly queue: Waiting[];
  inFlight: number;
  isScheduled: boolean;
}

interface Waiting {
  readonly commit: UntimedCommit;
  readonly bytes: number;
  /** Whether its caller can be answered while it is on its way. */
  readonly canLeave: boolean;
  /** What it was sent with. */
  group?: Group;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

/** Commits that are sent together. */
class Group {
  readonly members: readonly Waiting[];
  readonly #gone: AbortController | undefined;
  #left = 0;

  constructor(members: readonly Waiting[]) {
    this.members = members;
    this.#gone = members.every(({ canLeave }) => canLeave) ? new AbortController() : undefined;
    for (const waiting of members) waiting.group = this;
  }

  /** Aborted once the callers of all have left; `undefined` where one of them cannot. */
  get gone(): AbortSignal | undefined {
    return this.#gone?.signal;
  }

  /** A caller that has heard nothing yet leaves. */
  leave(): void {
    this.#left += 1;
    if (this.#left === this.members.length) this.#gone?.abort();
  }
}

/** Takes commits from the front of the queue, up to a number of them and to the bytes of one full batch. */
function takeGroup(queue: Waiting[], most: number): Group {
  let bytes = 0;
  let count = 0;
  for (const { bytes: more } of queue) {
    if (count === most || (count > 0 && bytes + more > limits.batchBytes)) break;
    bytes += more;
    count++;
  }
  return new Group(queue.splice(0, count));
}

function toError(error: CommitError): HoldfastError {
  return new HoldfastError(error.code, error.message, {
    details: error.details,
    retryable: error.retryable,
    outcome: error.outcome ?? "none",
    operationIndex: error.operationIndex,
    ...(error.cause !== undefined && { cause: new Error(error.cause) }),
  });
}

function unanswered(): HoldfastError {
  return new HoldfastError("INTERNAL", "The backend gave no outcome for this commit.", { outcome: "unknown" });
}

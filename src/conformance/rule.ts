import type { Holdfast, OpenOptions, Tenant } from "../contract/index.js";
import type { ManualClock } from "./manual-clock.js";
import type { StoreFiles } from "./subject.js";

/** One promise of the contract, and how to see whether a store keeps it. */
export interface Rule {
  /** `group/name`: what the promise is about, and a name of its own. */
  readonly id: string;
  /** The promise, as one plain sentence: a line of the table of guarantees. */
  readonly says: string;
  /** Where it comes from: a check of the originals (`"C1"`) or of the peers (`"P2"`). */
  readonly sources?: readonly string[];
  /**
   * What it can only be seen on. `durable`: a store that outlives its instances, and that several of them can have open at
   * once. `files`: one whose files the kit can read.
   */
  readonly needs?: "durable" | "files";
  /** Whether it counts on the time to stand still, though it never moves it. */
  readonly standsStill?: true;
  /** Rejects where the store breaks the promise. */
  run(world: World): Promise<void>;
}

/** What a rule has to work with. Nothing in it was touched before. */
export interface World {
  /** An open store. Other rules may have left something in it, under other tenants. */
  readonly db: Holdfast;
  /** A tenant of `db` that is this rule's alone. */
  readonly tenant: Tenant;
  /** Another one. */
  readonly other: Tenant;
  /** Tells `db`, and every instance that `open` gives, what time it is. It stands still until the rule moves it. */
  readonly clock: ManualClock;
  /**
   * Opens another instance, which is closed when the rule has ended.
   *
   * Without a `place` it is on the same store as `db`, where the subject is durable; elsewhere each is a store of its own.
   * With one it is on a store that was empty before this rule; within the rule, the same name is the same store.
   */
  open(options?: OpenOptions, place?: string): Promise<Holdfast>;
  /** The files of what `open` gives for a place. For rules that need `files`; on other subjects there are none. */
  readonly files: StoreFiles;
}

/** What a rule is about: the part of its id before the slash. */
export function groupOf(rule: Rule): string {
  return rule.id.slice(0, rule.id.indexOf("/"));
}

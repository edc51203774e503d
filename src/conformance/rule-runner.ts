import type { Holdfast, OpenOptions } from "../contract/index.js";
import { batched } from "./batched.js";
import { manualClock } from "./manual-clock.js";
import type { ManualClock } from "./manual-clock.js";
import { reopened } from "./reopened.js";
import type { Reopened } from "./reopened.js";
import type { Rule, World } from "./rule.js";
import type { StoreFiles, Subject } from "./subject.js";

/**
 * How the store is used while rules run on it. `plain`: as it is. `batched`: every write that can be recorded is sent
 * through `tenant.write`. `reopened`: the store is closed and opened again after every write, and between pages.
 */
export type Mode = "plain" | "batched" | "reopened";

/** The time at which every rule begins: 2026-01-01T00:00:00Z. */
const start = Date.UTC(2026, 0, 1);

/** Runs rules on a subject, one after the other. */
export class RuleRunner {
  readonly #subject: Subject;
  readonly #mode: Mode;
  readonly #timeoutMs: number;
  readonly #clock: ManualClock = manualClock(start);
  /** Sets the places of this run apart from those of an earlier one. */
  readonly #run: string = crypto.randomUUID();
  #places = 0;
  #shared: Promise<Holdfast> | undefined;

  constructor(subject: Subject, mode: Mode, timeoutMs: number = 60_000) {
    this.#subject = subject;
    this.#mode = mode;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether the subject can show the rule. */
  applies(rule: Rule): boolean {
    if (rule.standsStill === true && this.#subject.without?.includes("clock") === true) return false;
    if (rule.needs === "files" && this.#subject.files === undefined) return false;
    return this.#subject.durable || (rule.needs === undefined && this.#mode !== "reopened");
  }

  /**
   * Resolves with whether the rule was kept, or needs what the subject is without. Rejects where it is broken, or takes too
   * long.
   */
  async run(rule: Rule): Promise<"passed" | "skipped"> {
    this.#clock.set(start);
    const missed = new Missed(this.#subject);
    const opened: Holdfast[] = [];
    const places = `${this.#run}-${(this.#places += 1)}`;
    const placeOf = (place: string): string => `${places}-${place}`;
    const open = async (options: OpenOptions = {}, place?: string): Promise<Holdfast> => {
      if (place !== undefined) missed.check("places");
      const db = await this.#open(options, place === undefined ? this.#run : placeOf(place));
      opened.push(db);
      return db;
    };
    try {
      const clock = missed.watched(this.#clock);
      await within(this.#timeoutMs, this.#attempt(rule, { clock, open, files: this.#files(placeOf) }));
      await Promise.all(opened.map((db) => db.close()));
      return missed.isAny ? "skipped" : "passed";
    } catch (error) {
      // What a broken rule left under way may hang: let go of it without waiting, and begin the next one with a fresh instance.
      for (const db of opened) db.close().catch(() => {});
      this.#shared?.then((db) => db.close()).catch(() => {});
      this.#shared = undefined;
      if (missed.isAny) return "skipped";
      throw error;
    }
  }

  /** Lets go of the store. */
  async end(): Promise<void> {
    await (await this.#shared)?.close();
    this.#shared = undefined;
  }

  /** The files of the subject, by the names that a rule gives its places. */
  #files(placeOf: (place: string) => string): StoreFiles {
    const { files } = this.#subject;
    return {
      read: async (place) => files?.read(placeOf(place)) ?? [],
      pathOf: (place) => files?.pathOf(placeOf(place)) ?? "",
    };
  }

  async #attempt(rule: Rule, given: Pick<World, "clock" | "open" | "files">): Promise<void> {
    this.#shared ??= this.#open({}, this.#run);
    const db = await this.#shared;
    const tenant = db.tenant(`check-${crypto.randomUUID()}`);
    const other = db.tenant(`check-${crypto.randomUUID()}`);
    await rule.run({ db, tenant, other, ...given });
    if ("isIdle" in db && !(db as Reopened).isIdle) throw new Error("The rule left a call under way: end its tails.");
  }

  async #open(options: OpenOptions, place: string): Promise<Holdfast> {
    // A sweep that the store begins by itself would remove what a rule is about to count.
    const clock = this.#subject.without?.includes("clock") === true ? {} : { clock: this.#clock };
    const open = (): Promise<Holdfast> => this.#subject.open({ ...clock, sweep: false, ...options }, place);
    if (this.#mode === "reopened") return reopened(open);
    const db = await open();
    return this.#mode === "batched" ? batched(db) : db;
  }
}

/** What a rule asked for that its subject is without. */
class Missed {
  readonly #without: NonNullable<Subject["without"]>;
  isAny = false;

  constructor({ without = [] }: Subject) {
    this.#without = without;
  }

  /** Throws where there is none, to end the rule. */
  check(what: "clock" | "places"): void {
    if (!this.#without.includes(what)) return;
    this.isAny = true;
    throw new Error(`The subject is without ${what}.`);
  }

  /** The clock, where there is one to look at. */
  watched(clock: ManualClock): ManualClock {
    if (!this.#without.includes("clock")) return clock;
    const missing = (): never => this.check("clock") as never;
    return Object.assign(missing, { advance: missing, set: missing });
  }
}

async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The rule was not done after ${timeoutMs} ms.`)), timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

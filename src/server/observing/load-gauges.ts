import { Counter, Gauge } from "prom-client";
import type { Registry } from "prom-client";
import type { Holdfast } from "../../contract/index.js";

/** Registers how busy the instance of this server is: what it has committed, in how many groups, and its connections. */
export function addLoadGauges(db: Pick<Holdfast, "load">, registry: Registry): void {
  const registers = [registry];
  const commits: Counter = new Counter({
    name: "holdfast_commits_total",
    help: "Commits that were sent to the store.",
    registers,
    collect: () => set(commits, db.load().commits),
  });
  const groups: Counter = new Counter({
    name: "holdfast_commit_groups_total",
    help: "Groups in which commits were sent: divide holdfast_commits_total by it for their size.",
    registers,
    collect: () => set(groups, db.load().groups),
  });
  const waiting: Gauge = new Gauge({
    name: "holdfast_waiting_commits",
    help: "Commits that wait for their group to be sent.",
    registers,
    collect: () => waiting.set(db.load().waitingCommits),
  });
  const connections: Gauge<"state"> = new Gauge({
    name: "holdfast_connections",
    help: "Connections of the pool, by state: open (all), idle, and how many callers wait for one.",
    labelNames: ["state"] as const,
    registers,
    collect() {
      for (const [state, count] of Object.entries(db.load().connections ?? {})) connections.set({ state }, count);
    },
  });
}

function set(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}

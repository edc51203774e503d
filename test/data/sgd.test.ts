import { deepStrictEqual, equal } from "node:assert/strict";
import type { StateSnapshot, StateStore } from "holdfast";
import { afterAll, beforeAll, describe, test } from "vitest";
import { collect } from "../support/collect.js";
import { engines } from "../support/engines.js";
import type { TemporaryStore } from "../support/engines.js";
import { describeWithData } from "../support/shared-data.js";

interface Dialogue {
  readonly dialogue_id: string;
  readonly turns: readonly {
    readonly speaker: "USER" | "SYSTEM";
    readonly frames: readonly { readonly service: string; readonly state?: object }[];
  }[];
}

/** What is known after a turn of the user: the last state of every service that was spoken of. */
type ServiceStates = Readonly<Record<string, object>>;

/** The states of one dialogue, each with what the store gave when it was the latest. */
interface Replayed {
  readonly userId: string;
  readonly states: readonly ServiceStates[];
  readonly stored: readonly StateSnapshot[];
  readonly latest: readonly (StateSnapshot | undefined)[];
}

const turnMs = 1_000;

describeWithData<Dialogue>("State snapshots of Schema-Guided Dialogue", "sgd/sgd-dev.jsonl.gz", (read) => {
  const dialogues = read();

  test("are the 2,098 dialogues with 20,542 snapshots that the README of the data counts", () => {
    const frames = dialogues.flatMap(({ turns }) => turns.flatMap(({ frames }) => frames));
    deepStrictEqual([dialogues.length, frames.filter(({ state }) => state !== undefined).length], [2098, 20_542]);
  });

  describe.for(engines)("on $name, one user a dialogue, with a history that holds every version", (engine) => {
    let store: TemporaryStore;
    let state: StateStore;
    let replayed: readonly Replayed[];

    beforeAll(async () => {
      store = await engine.openTemporary({ history: { maxVersions: 1_000 } });
      state = store.db.tenant("sgd").state;
      replayed = await Promise.all(dialogues.map((dialogue) => replay(state, dialogue)));
    }, 120_000);
    afterAll(() => store[Symbol.asyncDispose]());

    test("the latest snapshot after each turn is the annotated one", () => {
      for (const { userId, states, stored, latest } of replayed) {
        equal(JSON.stringify(latest.map((snapshot) => snapshot?.data)), JSON.stringify(states), userId);
        deepStrictEqual(latest, stored);
      }
    });

    test("the history holds every version, the last first", async () => {
      for (const { userId, states, stored } of replayed) {
        const { items, nextCursor } = await state.getHistory(userId);
        equal(JSON.stringify(items.map(({ data }) => data)), JSON.stringify(states.toReversed()), userId);
        deepStrictEqual([items, nextCursor], [stored.toReversed(), undefined]);
      }
    });

    test("every sampled version is the answer as of its revision, and until the next", async () => {
      for (const { userId, stored } of sample(replayed)) {
        for (const [index, snapshot] of stored.entries()) {
          const { revision } = snapshot;
          deepStrictEqual(await state.getLatest(userId, { at: { revision } }), snapshot);
          deepStrictEqual(await state.getLatest(userId, { at: { revision: revision - 1 } }), stored[index - 1]);
        }
      }
    });

    test("every sampled version is the answer as of its instant, and until the next", async () => {
      for (const { userId, stored } of sample(replayed)) {
        for (const [index, snapshot] of stored.entries()) {
          const { updatedAt } = snapshot;
          deepStrictEqual(await state.getLatest(userId, { at: updatedAt }), snapshot);
          deepStrictEqual(await state.getLatest(userId, { at: updatedAt + turnMs - 1 }), snapshot);
          deepStrictEqual(await state.getLatest(userId, { at: updatedAt - 1 }), stored[index - 1]);
        }
      }
    });
  });

  describe.for(engines)("on $name, one user for many dialogues, with the history of the default", (engine) => {
    const states = dialogues.flatMap(statesOf).slice(0, 250);
    let store: TemporaryStore;
    let state: StateStore;
    let stored: readonly StateSnapshot[];

    beforeAll(async () => {
      store = await engine.openTemporary();
      state = store.db.tenant("sgd").state;
      ({ stored } = await replayStates(state, "user", states));
    });
    afterAll(() => store[Symbol.asyncDispose]());

    test("exactly the last 100 versions are visible", async () => {
      const visible = await collect(state.getHistory("user", { limit: 30 }));
      deepStrictEqual(visible, stored.slice(-100).toReversed());
      equal(JSON.stringify(visible.map(({ data }) => data)), JSON.stringify(states.slice(-100).toReversed()));
    });

    test("as of a version that is past the history, there is none", async () => {
      const [past, first] = stored.slice(-101) as [StateSnapshot, StateSnapshot];
      for (const at of [past.updatedAt, { revision: past.revision }]) {
        equal(await state.getLatest("user", { at }), undefined);
      }
      for (const at of [first.updatedAt, { revision: first.revision }]) {
        deepStrictEqual(await state.getLatest("user", { at }), first);
      }
    });
  });
});

function replay(state: StateStore, dialogue: Dialogue): Promise<Replayed> {
  return replayStates(state, dialogue.dialogue_id, statesOf(dialogue));
}

/** Stores one state after the other, and reads each back while it is the latest. */
async function replayStates(state: StateStore, userId: string, states: readonly ServiceStates[]): Promise<Replayed> {
  const stored: StateSnapshot[] = [];
  const latest: (StateSnapshot | undefined)[] = [];
  for (const [turn, data] of states.entries()) {
    stored.push(await state.upsertLatest({ userId, source: "inferred", data, updatedAt: turn * turnMs }));
    latest.push(await state.getLatest(userId));
  }
  return { userId, states, stored, latest };
}

function statesOf({ turns }: Dialogue): readonly ServiceStates[] {
  const states: ServiceStates[] = [];
  for (const { speaker, frames } of turns) {
    if (speaker !== "USER") continue;
    const changed = frames.map(({ service, state }) => [service, state!] as const);
    states.push({ ...states.at(-1), ...Object.fromEntries(changed) });
  }
  return states;
}

function sample(replayed: readonly Replayed[]): readonly Replayed[] {
  return replayed.filter((_, index) => index % 20 === 0);
}

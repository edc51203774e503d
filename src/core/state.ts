import type { StateSnapshot, StateStore } from "../contract/index.js";
import { identifier, invalid, record } from "./arguments.js";
import type { Change } from "./compare-and-set.js";
import { expectingOptions } from "./messages-writes.js";
import { checkOwnUser } from "./own-user.js";
import { pageOptions } from "./pages.js";
import type { Surroundings } from "./prepared.js";
import { askHistory, askLatest, latestOptions } from "./state-reads.js";
import {
  lookUpSnapshot,
  prepareDeleteState,
  prepareUpsertLatest,
  snapshotFields,
  upsertOptions,
} from "./state-writes.js";
import type { TenantChannel } from "./tenant-channel.js";
import { callFunction } from "./update-function.js";

/** Seed 001 for one tenant. */
export function stateStore(channel: TenantChannel, isHealthy: (options: unknown) => Promise<boolean>): StateStore {
  function upsertLatest(first: unknown, second?: unknown, third?: unknown): Promise<StateSnapshot> {
    if (typeof second === "function") {
      const update = second as (current: StateSnapshot | undefined) => unknown;
      return channel.change("state.upsertLatest", third, (around) =>
        changeSnapshot(around, first, update),
      ) as Promise<StateSnapshot>;
    }
    return channel.writeOne("state.upsertLatest", second, upsertOptions, (around, given) =>
      prepareUpsertLatest(around, first, given),
    );
  }
  return {
    upsertLatest,
    getLatest: (userId, options) =>
      channel.readOne("state.getLatest", options, latestOptions, (given) => askLatest(channel, userId, given)),
    getHistory: (userId, options) =>
      channel.readList("state.getHistory", options, pageOptions, (given) => askHistory(channel, userId, given)),
    delete: (userId, options) =>
      channel.writeOne("state.delete", options, expectingOptions, (_, given) => prepareDeleteState(userId, given)),
    healthCheck: isHealthy,
  };
}

function changeSnapshot(
  around: Surroundings,
  user: unknown,
  update: (current: StateSnapshot | undefined) => unknown,
): Change<StateSnapshot | undefined, StateSnapshot | undefined> {
  const userId = identifier(user, "userId");
  return {
    address: ["state.upsertLatest", userId],
    current: askLatest(around, checkOwnUser(around, userId, "userId"), {}),
    prepare(current) {
      const snapshot = callFunction(update, current);
      if (snapshot === undefined) return undefined;
      // The function may hand back what it was given, changed: these three fields are then not its own.
      const {
        userId: named,
        revision: _,
        updatedAt,
        ...rest
      } = record(snapshot, "snapshot", [...snapshotFields, "revision"]);
      if (named !== undefined && named !== userId)
        throw invalid("snapshot.userId", "must be the user that was asked for, or left out.");
      const changed = { ...rest, userId, ...(updatedAt !== current?.updatedAt && { updatedAt }) };
      return prepareUpsertLatest(around, changed, { expectedRevision: current?.revision ?? 0 });
    },
    unchanged: (current) => current,
    lookUp: lookUpSnapshot,
  };
}

import { limits } from "../contract/index.js";
import type { ExportRecord, Recorder, Reader, Stores, Tenant, UserStores } from "../contract/index.js";
import { identifier, optionsOf } from "./arguments.js";
import type { Scope } from "./backend.js";
import { runBuild } from "./build.js";
import { erase, eraseOptions } from "./erasure.js";
import { exportRecords } from "./exports.js";
import { checkRepeat, writeOptions } from "./idempotency.js";
import { importRecords } from "./imports.js";
import { callOptions, checkCall, checkInterrupted } from "./interruption.js";
import { kvStore } from "./kv.js";
import { canHoldLeases, takeLease } from "./leases.js";
import { sessionLog } from "./log.js";
import { messageStore } from "./messages.js";
import type { OpenStore } from "./open-store.js";
import { pageOptions } from "./pages.js";
import { fillIn } from "./placeholder.js";
import { Reading, readerOf } from "./reader.js";
import { Recording, recorderOf } from "./recorder.js";
import { stateStore } from "./state.js";
import { TenantChannel } from "./tenant-channel.js";
import { askErasures, askOperation, askUsage, askUsers } from "./tenant-reads.js";

export type IsHealthy = (options: unknown) => Promise<boolean>;

/** The handle of one tenant. */
export function tenantOf(store: OpenStore, id: unknown, isHealthy: IsHealthy): Tenant {
  const tenantId = identifier(id, "tenantId", limits.tenantIdBytes);
  const channel = new TenantChannel(store, { tenantId });
  const tenant: Tenant = {
    id: tenantId,
    ...storesOf(channel, isHealthy),
    user: (userId) => userStoresOf(store, { tenantId, userId: identifier(userId, "userId") }, isHealthy),
    listUsers: (options) => channel.readList("listUsers", options, pageOptions, (given) => askUsers(channel, given)),
    usage: (options) => channel.readOne("usage", options, [], () => askUsage()),
    eraseUser: (userId, options) =>
      channel.runOther("eraseUser", options, eraseOptions, async (call, given) => {
        const what = { kind: "user", tenantId, subjectId: identifier(userId, "userId") } as const;
        return { value: await erase(store, what, call, given), rows: 1 };
      }),
    eraseThread: (threadId, options) =>
      channel.runOther("eraseThread", options, eraseOptions, async (call, given) => {
        const what = { kind: "thread", tenantId, subjectId: identifier(threadId, "threadId") } as const;
        return { value: await erase(store, what, call, given), rows: 1 };
      }),
    listErasures: (options) =>
      channel.readList("listErasures", options, pageOptions, (given) => askErasures(channel, given)),
    export: (options) => exportOf(channel, undefined, options),
    exportUser: (userId, options) => exportOf(channel, () => identifier(userId, "userId"), options),
    import: (records, options) =>
      channel.runOther("import", options, [], async (call) => {
        const value = await store.interruptible(call, importRecords(channel, records, call), () => "unknown");
        return { value, rows: value.stored };
      }),
  };
  return canHoldLeases(tenant, channel);
}

function userStoresOf(store: OpenStore, scope: Required<Scope>, isHealthy: IsHealthy): UserStores {
  const channel = new TenantChannel(store, scope);
  return canHoldLeases({ ...scope, ...storesOf(channel, isHealthy) }, channel);
}

function storesOf(channel: TenantChannel, isHealthy: IsHealthy): Stores {
  return {
    messages: messageStore(channel),
    state: stateStore(channel, isHealthy),
    kv: kvStore(channel),
    log: sessionLog(channel),
    write: (build, options) => write(channel, build, options) as never,
    read: (build, options) => read(channel, build, options) as never,
    getOperation: (operationId, options) =>
      channel.readOne("getOperation", options, [], () => askOperation(operationId)),
    lease: (name, options) => takeLease(channel, name, options),
  };
}

async function write(
  channel: TenantChannel,
  build: (recorder: Recorder) => unknown,
  options: unknown,
): Promise<unknown> {
  const given = optionsOf(options, [...callOptions, ...writeOptions]);
  const call = checkCall(given);
  return channel.store.run("write", channel.tenantId, call, async () => {
    const repeat = checkRepeat(given);
    const recording = new Recording((position) => channel.surroundings(repeat, position));
    const returned = runBuild(build, recorderOf(recording), () => recording.end());
    recording.check();
    checkInterrupted(call, "none");
    const { operations } = recording;
    const results = operations.length === 0 ? [] : await channel.commit(operations, repeat, call);
    return { value: fillIn(returned, results), rows: operations.length };
  });
}

async function read(channel: TenantChannel, build: (reader: Reader) => unknown, options: unknown): Promise<unknown> {
  const call = checkCall(optionsOf(options, callOptions));
  return channel.store.run("read", channel.tenantId, call, async () => {
    const reading = new Reading();
    const returned = runBuild(build, readerOf(reading, channel), () => reading.end());
    const answers = await channel.answer(reading.questions, call);
    const rows = reading.questions.reduce((sum, question, index) => sum + question.rows(answers[index]), 0);
    return { value: fillIn(returned, answers), rows };
  });
}

/** Checks its arguments with its first step, as every iterator of the contract does. */
async function* exportOf(
  channel: TenantChannel,
  userId: (() => string) | undefined,
  options: unknown,
): AsyncGenerator<ExportRecord, undefined> {
  const call = checkCall(optionsOf(options, callOptions));
  const ofUser = userId?.();
  channel.store.checkOpen();
  return yield* exportRecords(channel, ofUser, call);
}

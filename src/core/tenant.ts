import type { Recorder, Reader, Tenant } from "../contract/index.js";
import { optionsOf } from "./arguments.js";
import { runBuild } from "./build.js";
import { checkRepeat, writeOptions } from "./idempotency.js";
import { callOptions, checkCall, checkInterrupted } from "./interruption.js";
import { kvStore } from "./kv.js";
import { sessionLog } from "./log.js";
import { messageStore } from "./messages.js";
import type { OpenStore } from "./open-store.js";
import { pageOptions } from "./pages.js";
import { fillIn } from "./placeholder.js";
import { Reading, readerOf } from "./reader.js";
import { Recording, recorderOf } from "./recorder.js";
import { stateStore } from "./state.js";
import { TenantChannel } from "./tenant-channel.js";
import { askOperation, askUsers } from "./tenant-reads.js";

/** The handle of one tenant. */
export function tenantOf(
  store: OpenStore,
  tenantId: string,
  isHealthy: (options: unknown) => Promise<boolean>,
): Tenant {
  const channel = new TenantChannel(store, tenantId);
  return {
    id: tenantId,
    messages: messageStore(channel),
    state: stateStore(channel, isHealthy),
    kv: kvStore(channel),
    log: sessionLog(channel),
    write: (build, options) => write(channel, build, options) as never,
    read: (build, options) => read(channel, build, options) as never,
    listUsers: (options) => channel.readList("listUsers", options, pageOptions, (given) => askUsers(channel, given)),
    getOperation: (operationId, options) =>
      channel.readOne("getOperation", options, [], () => askOperation(operationId)),
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

import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { HoldfastError } from "../../contract/index.js";
import type { Recorder, Tenant } from "../../contract/index.js";
import { notes } from "../log-notes.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const emptyWrite: Rule = {
  id: "write/empty",
  says: "A write that records nothing resolves with what build returned.",
  async run({ tenant }) {
    deepEqual(await tenant.write(() => ({ n: 1 })), { n: 1 });
    equal(await tenant.write(() => undefined), undefined);
  },
};

export const buildRunsOnce: Rule = {
  id: "write/build-runs-once",
  says: "build runs once, and what it throws is what the write rejects with, with nothing stored.",
  async run({ tenant }) {
    let runs = 0;
    await tenant.write((w) => {
      runs += 1;
      w.kv.put(["p"], "k", 1);
    });
    equal(runs, 1);
    const thrown = new Error("mine");
    const failing = tenant.write((w) => {
      w.kv.put(["p"], "k", 2);
      throw thrown;
    });
    await rejects(failing, (error) => error === thrown);
    equal(await tenant.kv.get(["p"], "k"), 1);
  },
};

export const refusalsCannotBeHidden: Rule = {
  id: "write/refusals-cannot-be-hidden",
  says: "An operation that is refused as it is recorded fails the whole write, also where build catches the error.",
  async run({ tenant }) {
    const hiding = tenant.write((w) => {
      w.kv.put(["p"], "before", 1);
      try {
        w.kv.put(["p"], "", 1);
      } catch {
        w.kv.put(["p"], "instead", 1);
      }
    });
    equal((await refused(hiding, "INVALID_ARGUMENT", "key")).operationIndex, 1);
    deepEqual((await tenant.kv.list(["p"])).items, []);
  },
};

export const buildIsSynchronous: Rule = {
  id: "write/build-is-synchronous",
  says: "An asynchronous build is refused, by write and by read, and nothing of it is stored.",
  async run({ tenant }) {
    await refused(
      tenant.write(async (w) => w.kv.put(["p"], "k", 1)),
      "INVALID_ARGUMENT",
      "build",
    );
    await refused(
      tenant.read(async (r) => r.kv.get(["p"], "k")),
      "INVALID_ARGUMENT",
      "build",
    );
    equal(await tenant.kv.get(["p"], "k"), undefined);
    await refused(tenant.write("nothing" as never), "INVALID_ARGUMENT", "build");
    await refused(tenant.read(undefined as never), "INVALID_ARGUMENT", "build");
  },
};

export const recorderEndsWithBuild: Rule = {
  id: "write/recorder-ends-with-build",
  says: "A recorder or reader that is used after build has ended is refused, and stores nothing.",
  async run({ tenant }) {
    let escaped: Recorder | undefined;
    await tenant.write((w) => {
      escaped = w;
    });
    throws(() => escaped?.kv.put(["p"], "k", 1), isInvalid);
    let escapedReader: Parameters<Parameters<Tenant["read"]>[0]>[0] | undefined;
    await tenant.read((r) => {
      escapedReader = r;
    });
    throws(() => escapedReader?.kv.get(["p"], "k"), isInvalid);
    equal(await tenant.kv.get(["p"], "k"), undefined);
  },
};

function isInvalid(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === "INVALID_ARGUMENT";
}

export const recordedIsCopied: Rule = {
  id: "write/recorded-is-copied",
  says: "What is recorded is copied at once: changing it later in build, or after it, changes nothing that is stored.",
  sources: ["P3"],
  async run({ tenant }) {
    const value = { list: [1] };
    const events = notes(1);
    const namespace = ["p"];
    const done = tenant.write((w) => {
      w.kv.put(namespace, "k", value);
      w.log.append("t1", events);
      value.list.push(2);
      events.push(...notes(1, 2));
      namespace.push("q");
    });
    value.list.push(3);
    await done;
    deepEqual(await tenant.kv.get(["p"], "k"), { list: [1] });
    equal((await tenant.log.head("t1")).head, 1);
  },
};

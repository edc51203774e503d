import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { open } from "holdfast";
import { manualClock, sequentialIds } from "holdfast/testing";
import { expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import { isClearText } from "./clear-error.js";
import { fillKnownStore } from "./known-store.mjs";

const flips = Number(process.env["HOLDFAST_BROKEN_FLIPS"] ?? 100);
const seed = Number(process.env["HOLDFAST_BROKEN_SEED"] ?? 20_261_121);
const now = 1_000_000;

it("no byte of the file can be flipped without an error, or a finding of the doctor where something is missing", async () => {
  await using file = await temporaryFile();
  const original = await fillFile(file.path, file.url);
  await using reader = new Reader();
  const expected = answersIn(await reader.ask(file.url, "answers"));
  const random = seededRandom(seed);
  const counts = { harmless: 0, errorAtOpening: 0, errorAtReading: 0, foundByDoctor: 0, endedByLibsql: 0 };
  for (let flip = 0; flip < flips; flip++) {
    const bytes = Buffer.from(original);
    let at = Math.floor(random() * bytes.length);
    // Most zeros lie where nothing is.
    while (bytes[at] === 0 && random() < 0.9) at = Math.floor(random() * bytes.length);
    const mask = random() < 0.5 ? 1 << Math.floor(random() * 8) : 1 + Math.floor(random() * 255);
    bytes[at]! ^= mask;
    const damaged = `${file.path}-${flip}`;
    writeFileSync(damaged, bytes);
    const kind = await readDamaged(
      reader,
      `sqlite:${damaged}`,
      expected,
      `flip ${flip} of seed ${seed}: ${at} ^ ${mask}`,
    );
    counts[kind] += 1;
    rmSync(damaged);
  }
  expect(counts.errorAtReading).toBeGreaterThan(flips / 10);
  expect(counts.harmless + counts.errorAtOpening).toBeLessThan((flips * 9) / 10);
}, 300_000);

type Kind = "harmless" | "errorAtOpening" | "errorAtReading" | "foundByDoctor" | "endedByLibsql";
type Answers = ReadonlyMap<string, Reply>;

/** Reads everything in a store with one byte flipped. Throws unless what it says is right, an error, or found by its doctor. */
async function readDamaged(reader: Reader, url: string, expected: Answers, flip: string): Promise<Kind> {
  const reply = await reader.ask(url, "answers");
  if (reply === "ended by libsql") {
    // Its way to read text that is not UTF-8. The doctor reads text as bytes.
    await expectDiagnosed(reader, url, flip);
    return "endedByLibsql";
  }
  if ("error" in reply) {
    expectClear(reply, flip);
    return "errorAtOpening";
  }
  const answers = answersIn(reply);
  const errors = [...answers.values()].filter((answer) => "error" in answer);
  for (const error of errors) expectClear(error, flip);
  const different = [...answers].filter(([question, answer]) => {
    return "value" in answer && !isDeepStrictEqual(answer, expected.get(question));
  });
  if (different.length === 0) return errors.length > 0 ? "errorAtReading" : "harmless";
  for (const [question, answer] of different) {
    const whole = expected.get(question);
    const isMissing = "value" in answer && "value" in whole! && isPart(question, answer.value, whole.value, expected);
    expect([flip, question, isMissing ? "is missing something" : answer]).toEqual([
      flip,
      question,
      "is missing something",
    ]);
  }
  await expectDiagnosed(reader, url, flip);
  return errors.length > 0 ? "errorAtReading" : "foundByDoctor";
}

/**
 * What an answer may be, without an error, where an index that was to lead to something leads nowhere: it lacks something. What
 * is counted may also be too much: rows that an index leads to by mistake are not looked at. Of a user whose latest snapshot is
 * not found, the one before seems to be the latest.
 */
function isPart(question: string, given: unknown, whole: unknown, expected: Answers): boolean {
  if (given === undefined) return true;
  if (/: count of/.test(question)) return true;
  if (/: head of/.test(question)) return isDeepStrictEqual(given, { head: 0, watermark: 0 });
  if (/: state of/.test(question)) {
    const history = expected.get(question.replace("state of", "history of"))!;
    return "value" in history && (history.value as readonly unknown[]).some((each) => isDeepStrictEqual(each, given));
  }
  if (!Array.isArray(given) || !Array.isArray(whole)) return false;
  let from = 0;
  return given.every((item) => {
    const at = whole.findIndex((each, index) => index >= from && isDeepStrictEqual(each, item));
    from = at + 1;
    return at !== -1;
  });
}

async function expectDiagnosed(reader: Reader, url: string, flip: string): Promise<void> {
  const reply = await reader.ask(url, "doctor");
  if (reply === "ended by libsql") throw new Error(`${flip}: it ended the doctor, too.`);
  if ("error" in reply) expectClear(reply, flip);
  else expect([flip, (reply.value as readonly unknown[]).length > 0]).toEqual([flip, true]);
}

function expectClear(reply: Reply, flip: string): void {
  const { name, code, message } = "error" in reply ? reply.error : {};
  expect([flip, message, name, isClearText(code, message)]).toEqual([flip, message, "HoldfastError", true]);
}

/** Makes a known store, and gives the bytes of its file. */
async function fillFile(file: string, url: string): Promise<Buffer> {
  {
    const options = { ...sqliteDriver, clock: manualClock(now), newId: sequentialIds(), sweep: false as const };
    await using db = await open(url, options);
    await fillKnownStore(db, seededRandom(7));
  }
  return readFileSync(file);
}

type Reply = { readonly value: unknown } | { readonly error: { name?: string; code?: string; message?: string } };

function answersIn(reply: Reply | "ended by libsql"): Answers {
  if (reply === "ended by libsql" || "error" in reply)
    throw new Error(`The store cannot be read: ${JSON.stringify(reply)}`);
  return new Map(reply.value as readonly (readonly [string, Reply])[]);
}

/** A process that reads; another one takes its place where it has ended. */
class Reader implements AsyncDisposable {
  #child: ChildProcess | undefined;
  #errors: Promise<string> | undefined;

  async ask(url: string, job: "answers" | "doctor"): Promise<Reply | "ended by libsql"> {
    const child = (this.#child ??= this.#start());
    const controller = new AbortController();
    const { signal } = controller;
    try {
      const replied = once(child, "message", { signal }).then(([reply]) => reply as Reply);
      const exited = once(child, "exit", { signal }).then(() => this.#ended(url));
      child.send({ url, job });
      return await Promise.race([replied, exited]);
    } finally {
      controller.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child === undefined) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }

  #start(): ChildProcess {
    const child = fork(
      path.join(import.meta.dirname, "flip-reader.mjs"),
      [JSON.stringify({ ...sqliteDriver, now })],
      // As values are given by the store: bytes and `undefined` too.
      { serialization: "advanced", stdio: ["ignore", "inherit", "pipe", "ipc"] },
    );
    this.#errors = text(child.stderr!);
    return child;
  }

  /** libsql, and nothing else, may end the process: where it meets text that is not UTF-8 (tursodatabase/libsql#1223). */
  async #ended(url: string): Promise<"ended by libsql"> {
    const errors = (await this.#errors) ?? "";
    this.#child = undefined;
    if (/libsql-.*value\.rs[^]*Utf8Error/.test(errors)) return "ended by libsql";
    throw new Error(`Reading ${url} ended the process: ${errors}`);
  }
}

import { deepStrictEqual, equal, match, ok, rejects } from "node:assert/strict";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { open } from "holdfast";
import { manualClock } from "holdfast/testing";
import { test } from "vitest";
import { subjectHash } from "../../dist/core/subject-hash.js";
import { temporaryFile } from "../support/temporary-file.js";

test("Every erasure is appended to the file: time, kind, tenant and keyed hash, and no id of what was erased", async () => {
  await using file = await temporaryFile();
  const erasures = path.join(path.dirname(file.path), "erasures.jsonl");
  const clock = manualClock(1_000);
  await using db = await open("memory:", { erasures, clock });
  const acme = db.tenant("acme");
  await acme.kv.put(["p"], "k", 1, { userId: "the user" });
  await acme.messages.createThread({ id: "the thread", userId: "u2" });
  const { subject } = await acme.eraseUser("the user");
  clock.advance(1);
  await acme.eraseThread("the thread");
  clock.advance(1);
  await db.eraseTenant("acme");

  const text = await readFile(erasures, "utf8");
  const key = (await readFile(`${erasures}.key`, "utf8")).trim();
  match(key, /^[0-9a-f]{64}$/);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  deepStrictEqual(lines, [
    { at: 1_000, kind: "user", tenant: "acme", subject: subjectHash(key, "user", "acme", "the user") },
    { at: 1_001, kind: "thread", tenant: "acme", subject: subjectHash(key, "thread", "acme", "the thread") },
    { at: 1_002, kind: "tenant", subject: subjectHash(key, "tenant", "acme") },
  ]);
  ok(!text.includes("the user") && !text.includes("the thread") && !text.includes(key) && !text.includes(subject));
  equal((await stat(`${erasures}.key`)).mode & 0o777, 0o600);
});

test("Several stores append to one file with one key, and a key that is given makes no file", async () => {
  await using file = await temporaryFile();
  const erasures = path.join(path.dirname(file.path), "erasures.jsonl");
  await using first = await open("memory:", { erasures });
  await using second = await open("memory:", { erasures });
  await Promise.all([first.tenant("t").eraseUser("u"), second.tenant("t").eraseUser("u")]);
  const subjects = (await readFile(erasures, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { subject: string }).subject);
  equal(subjects.length, 2);
  equal(new Set(subjects).size, 1);

  const other = path.join(path.dirname(file.path), "other.jsonl");
  await using third = await open("memory:", { erasures: other, erasureKey: "a key of enough letters" });
  await third.tenant("t").eraseUser("u");
  ok((await readFile(other, "utf8")).includes(subjectHash("a key of enough letters", "user", "t", "u")));
  await rejects(stat(`${other}.key`), { code: "ENOENT" });
});

test("A line that was cut off stays alone: the next erasure begins a line of its own", async () => {
  await using file = await temporaryFile();
  const erasures = path.join(path.dirname(file.path), "erasures.jsonl");
  await writeFile(erasures, '{"at":1,"ki');
  await using db = await open("memory:", { erasures });
  await db.tenant("t").eraseUser("u1");
  await db.tenant("t").eraseUser("u2");
  const [cut, ...lines] = (await readFile(erasures, "utf8")).trimEnd().split("\n");
  equal(cut, '{"at":1,"ki');
  equal(lines.map((line) => (JSON.parse(line) as { kind: string }).kind).join(), "user,user");
});

test("What cannot be noted is not erased", async () => {
  await using file = await temporaryFile();
  const folder = path.join(path.dirname(file.path), "folder");
  await mkdir(folder);
  for (const erasures of [folder, path.join(folder, "no such folder", "erasures.jsonl")]) {
    await using db = await open("memory:", { erasures });
    const acme = db.tenant("acme");
    await acme.kv.put(["p"], "k", 1, { userId: "u1" });
    await rejects(acme.eraseUser("u1"), {
      code: "UNAVAILABLE",
      outcome: "none",
      details: { path: "options.erasures" },
    });
    equal(await acme.kv.get(["p"], "k"), 1);
    deepStrictEqual((await acme.listErasures()).items, []);
  }
});

test("A key file that is empty is refused, and not replaced", async () => {
  await using file = await temporaryFile();
  const erasures = path.join(path.dirname(file.path), "erasures.jsonl");
  await writeFile(`${erasures}.key`, "\n");
  await chmod(`${erasures}.key`, 0o600);
  await using db = await open("memory:", { erasures });
  await rejects(db.tenant("acme").eraseUser("u1"), { code: "UNAVAILABLE", message: /\.key is empty/ });
  equal(await readFile(`${erasures}.key`, "utf8"), "\n");
});

test.each(["", "short", " padded with spaces ", 5])("An erasureKey %j is refused", async (erasureKey) => {
  const options = { erasures: "erasures.jsonl", erasureKey: erasureKey as string };
  await rejects(open("memory:", options), { code: "INVALID_ARGUMENT", details: { path: "options.erasureKey" } });
});

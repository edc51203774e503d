import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "holdfast";
import { RuleRunner, rules } from "holdfast/conformance";
import type { Mode, Subject } from "holdfast/conformance";
import { afterAll, describe, it } from "vitest";
import { sqliteDriver } from "../support/sqlite-driver.js";

export const memory: Subject = { name: "memory", durable: false, open: (options) => open("memory:", options) };

/** Stores in a folder that is removed after the tests of this file. */
export function sqlite(): Subject {
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-kit-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    name: "sqlite",
    durable: true,
    open: (options, place) => open(`sqlite:${path.join(folder, `${place}.db`)}`, { ...sqliteDriver, ...options }),
  };
}

/** Makes every rule that the subject can show a test. */
export function testRules(subject: Subject, mode: Mode): void {
  describe(`${subject.name}, ${mode}`, () => {
    const runner = new RuleRunner(subject, mode, 25_000);
    afterAll(() => runner.end());
    // Not a skip: what needs a durable store is no promise of one that is not.
    for (const rule of rules.filter((each) => runner.applies(each))) {
      it(`${rule.id}: ${rule.says}`, () => runner.run(rule));
    }
  });
}

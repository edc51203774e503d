import { RuleRunner } from "./rule-runner.js";
import type { Mode } from "./rule-runner.js";
import type { Rule } from "./rule.js";
import { rules } from "./rules/index.js";
import type { Subject } from "./subject.js";

export interface CheckOptions {
  /** `"plain"` by default. */
  readonly mode?: Mode;
  /** Which rules to run; all by default. Those that are left out are not counted. */
  readonly filter?: (rule: Rule) => boolean;
  /** Hears of each rule when it has been run or skipped. */
  readonly onResult?: (result: RuleResult) => void;
  /** How long a rule may take; a minute by default. */
  readonly timeoutMs?: number;
}

export interface RuleResult {
  readonly rule: Rule;
  /** `skipped`: the subject cannot show it, because the rule needs something of a store that it is or has not. */
  readonly status: "passed" | "failed" | "skipped";
  /** What the rule threw, where it failed. */
  readonly error?: unknown;
}

export interface CheckResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Runs the rules of the contract on a store, one after the other, and counts how they ended. Rejects, before any rule, with
 * what the store rejects with where it cannot be opened at all.
 */
export async function check(subject: Subject, options: CheckOptions = {}): Promise<CheckResult> {
  await (await subject.open({}, "can-be-opened")).close();
  const runner = new RuleRunner(subject, options.mode ?? "plain", options.timeoutMs);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const rule of rules.filter(options.filter ?? (() => true))) {
      const result = await runRule(runner, rule);
      counts[result.status] += 1;
      options.onResult?.(result);
    }
  } finally {
    await runner.end();
  }
  return counts;
}

async function runRule(runner: RuleRunner, rule: Rule): Promise<RuleResult> {
  if (!runner.applies(rule)) return { rule, status: "skipped" };
  try {
    return { rule, status: await runner.run(rule) };
  } catch (error) {
    return { rule, status: "failed", error };
  }
}

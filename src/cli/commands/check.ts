import { Command, Option } from "commander";
import type { CheckResult, Mode, RuleResult } from "../../conformance/index.js";
import { HoldfastError } from "../../contract/index.js";
import { checkSubject } from "../check-subject.js";
import { displayText } from "../display-text.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { startProgress } from "../progress.js";
import { exitCodes } from "../report-error.js";
import { storeUrl, tokenOf, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly mode: Mode;
  readonly only?: string;
  readonly json?: boolean;
}

export function checkCommand(): Command {
  const command = new Command("check")
    .description(
      "Run the rules of the contract on a kind of store. Works in stores of its own, which it removes; URL's own data is not touched.",
    )
    .argument(
      "[url]",
      "the kind of store; for sqlite: beside which file to work, for postgres: in which database, for https: in which server, by an operator, in tenants that are erased afterwards (default: the store)",
    )
    .addOption(
      new Option("--mode <mode>", "how the store is used").choices(["plain", "batched", "reopened"]).default("plain"),
    )
    .option("--only <beginning>", "only rules whose id begins so, such as kv/")
    .option("--json", "print one JSON document: the rules with their results, and the counts")
    .action(checkStore);
  return withExample(withStoreOption(command), "holdfast check sqlite:./agents.db");
}

async function checkStore(url: string | undefined, options: Options): Promise<void> {
  // Loaded only here: no other command needs the rules.
  const { check, rules } = await import("../../conformance/index.js");
  const chosen = new Set(rules.filter(({ id }) => id.startsWith(options.only ?? "")));
  if (chosen.size === 0)
    throw new HoldfastError("INVALID_ARGUMENT", `no rule's id begins with ${JSON.stringify(options.only)}.`);

  await using subject = await checkSubject(url ?? storeUrl(options), tokenOf(options));
  const progress = options.json ? startProgress("checking", chosen.size) : undefined;
  const results: RuleResult[] = [];
  const counts = await check(subject, {
    mode: options.mode,
    filter: (rule) => chosen.has(rule),
    onResult: (result) => {
      results.push(result);
      progress?.advance(1);
      // Not awaited: the rules go on while the reader reads.
      if (!options.json) void print(line(result));
    },
  });
  progress?.stop();
  if (options.json)
    await print(toJson({ store: subject.name, mode: options.mode, ...counts, rules: results.map(plain) }));
  else await print(closing(counts));
  if (counts.failed > 0) process.exitCode = exitCodes.failed;
}

const signs: Readonly<Record<RuleResult["status"], string>> = { passed: "✓", failed: "✗", skipped: "-" };

function line({ rule, status, error }: RuleResult): string {
  const why =
    status === "failed"
      ? `\n    ${displayText(messageOf(error))}`
      : status === "skipped"
        ? " (skipped: needs what this store is or has not)"
        : "";
  return `${signs[status]} ${rule.id}: ${rule.says}${why}`;
}

function plain({ rule, status, error }: RuleResult): object {
  return { id: rule.id, says: rule.says, status, ...(status === "failed" ? { error: messageOf(error) } : {}) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function closing({ passed, failed, skipped }: CheckResult): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

import { Command } from "commander";
import type { Diagnosis, Finding } from "../../contract/index.js";
import { displayCount } from "../display-count.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { exitCodes } from "../report-error.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { table } from "../table.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly fix?: boolean;
  readonly json?: boolean;
}

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description(
      "Look for what must not be: gaps, orphans, damaged values. Ends with 1 where something is left to mend.",
    )
    .option("--fix", "mend what can be mended without losing anything")
    .option("--json", "print one JSON document: { checked, findings }")
    .action(examineStore);
  return withExample(withStoreOption(command), "holdfast doctor --store sqlite:./agents.db");
}

async function examineStore(options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const diagnosis = await db.doctor({ fix: options.fix });
  if (options.json) await print(toJson(diagnosis));
  else for (const line of describeDiagnosis(diagnosis)) await print(line);
  if (diagnosis.findings.some(({ fixed }) => !fixed)) process.exitCode = exitCodes.failed;
}

function describeDiagnosis({ checked, findings }: Diagnosis): readonly string[] {
  const left = findings.filter(({ fixed }) => !fixed);
  const fixable = left.filter((finding) => finding.fixable).length;
  const looked = `looked at ${displayCount(checked, "thing")}`;
  if (findings.length === 0) return [`${looked}: all is well`];
  return [
    ...tableOf(findings),
    "",
    `${looked}: ${displayCount(findings.length, "finding")}, ${displayCount(findings.length - left.length)} mended`,
    ...(fixable === 0 ? [] : [`--fix mends ${displayCount(fixable)} of them`]),
  ];
}

function tableOf(findings: readonly Finding[]): readonly string[] {
  return table(
    [
      { title: "FINDING", width: 30 },
      { title: "TENANT", width: 128 },
      { title: "STATUS", width: 8 },
      { title: "WHAT IS WRONG", width: Infinity },
    ],
    findings.map((finding) => [finding.kind, finding.tenantId ?? "", statusOf(finding), finding.message]),
  );
}

function statusOf({ fixable, fixed }: Finding): string {
  if (fixed) return "mended";
  return fixable ? "mendable" : "";
}

import type { Diagnosis, Finding } from "../../contract/index.js";
import type { Connection } from "./connection.js";
import { examineColdFiles } from "./doctor-cold-files.js";
import { examineLogs } from "./doctor-logs.js";
import { examineRows } from "./doctor-rows.js";
import { isWhole } from "./row-checksum.js";
import { checkSeal } from "./seal.js";
import type { StoreContext } from "./store-context.js";

/** What an examination works with. */
export interface Examination {
  readonly db: Connection;
  readonly store: StoreContext;
  /** Notes that so many things were looked at. */
  count(things: number): void;
  /** Notes what is wrong. With `mend`, what would mend it: it is run at once where that is wanted. */
  report(finding: Pick<Finding, "kind" | "message" | "tenantId">, mend?: () => void): void;
}

/** Looks at everything in the store, and mends what can be where `fix` is set: then inside one write transaction. */
export function examine(db: Connection, store: StoreContext, fix: boolean): Diagnosis {
  const findings: Finding[] = [];
  let checked = 0;
  const examination: Examination = {
    db,
    store,
    count(things) {
      checked += things;
    },
    report({ kind, message, tenantId }, mend) {
      const isFixed = fix && mend !== undefined;
      if (isFixed) mend();
      const tenant = tenantId === undefined ? {} : { tenantId };
      findings.push({ kind, message, ...tenant, fixable: mend !== undefined, fixed: isFixed });
    },
  };
  examineFile(examination);
  // Where the file itself is damaged, what its tables seem to hold says nothing.
  if (findings.length > 0) return { checked, findings };
  examineRows(examination);
  examineLogs(examination);
  examineColdFiles(examination);
  return { checked, findings };
}

function examineFile({ db, count, report }: Examination): void {
  count(1);
  if (!isWhole(() => checkSeal(db))) {
    const message = "The schema of the store or its settings are not as they were written. Restore a backup.";
    report({ kind: "damaged-file", message });
  }
  const problems = db.all<[string]>("PRAGMA integrity_check").map(([line]) => line);
  for (const problem of problems) {
    if (problem === "ok") continue;
    report({
      kind: "damaged-file",
      message: `The file is damaged: ${problem}. Restore a backup, or run sqlite3's .recover on a copy.`,
    });
  }
}

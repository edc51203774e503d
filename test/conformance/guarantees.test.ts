import { readFileSync } from "node:fs";
import { renderGuarantees, rules } from "holdfast/conformance";
import { expect, it } from "vitest";

it("docs/guarantees.md is what the rules print; if not, run node scripts/print-guarantees.mjs", () => {
  const page = readFileSync(new URL("../../docs/guarantees.md", import.meta.url), "utf8");
  expect(page).toBe(renderGuarantees(rules));
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepare, root } from "./prepare.mjs";

/** Prints the table of guarantees from the rules of the conformance kit into docs/guarantees.md. */
prepare();
const { renderGuarantees, rules } = await import("../dist/conformance/index.js");
writeFileSync(join(root, "docs", "guarantees.md"), renderGuarantees(rules));
console.log(`docs/guarantees.md: ${rules.length} rules`);

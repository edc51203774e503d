import { prepare } from "./prepare.mjs";
import { countsLine, failureLines, runVitest } from "./vitest.mjs";

prepare();
const counts = await runVitest({
  args: ["test/portable/", ...process.argv.slice(2)],
  env: { HOLDFAST_TEST_PORTABLE: "whole" },
});
console.log(`${failureLines(counts.failures)}${countsLine(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;

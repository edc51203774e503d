import { prepare } from "./prepare.mjs";
import { countsLine, failureLines, runVitest } from "./vitest.mjs";

prepare();
const counts = await runVitest({ args: process.argv.slice(2) });
console.log(`${failureLines(counts.failures)}${countsLine(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;

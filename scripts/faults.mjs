import { parseArgs } from "node:util";
import { integer } from "./integer.mjs";
import { prepare } from "./prepare.mjs";
import { countsLine, failureLines, runVitest } from "./vitest.mjs";

const usage = `npm run test:faults -- [--seed SEED] [--rounds ROUNDS]

--seed    chooses the faults and their moments as an earlier run did, which printed its seed
--rounds  how many faults, or stretches of them, each test makes that makes them at random; 20 by default, which takes some minutes`;

const { seed, rounds } = options(process.argv.slice(2));
prepare();
console.log(`--seed ${seed} --rounds ${rounds}`);
const counts = await runVitest({
  args: ["test/faults/", "test/http/killed-server.test.ts", "test/linearizability/contention.test.ts"],
  env: {
    HOLDFAST_FAULTS_SEED: String(seed),
    HOLDFAST_FAULTS_ROUNDS: String(rounds),
    HOLDFAST_CONTENTION_SEED: String(seed),
  },
});
console.log(`${failureLines(counts.failures)}${countsLine(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;

function options(words) {
  try {
    const { values } = parseArgs({
      args: words,
      options: { seed: { type: "string" }, rounds: { type: "string", default: "20" } },
    });
    return {
      seed: integer(values.seed ?? String(Date.now() % 2 ** 32), "--seed", 0),
      rounds: integer(values.rounds, "--rounds", 1),
    };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

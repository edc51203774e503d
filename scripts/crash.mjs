import { parseArgs } from "node:util";
import { integer } from "./integer.mjs";
import { prepare } from "./prepare.mjs";
import { countsLine, failureLines, runVitest } from "./vitest.mjs";

const usage = `npm run test:crash -- [KILLS] [--seed SEED] [--slow-disk] [--writers COUNT]

KILLS        how many, over all scenarios; 200 by default, which takes a few minutes
--seed       chooses the moments as an earlier run did, which printed its seed
--slow-disk  lets every fsync of what is killed take 5 ms longer (Linux, with a C compiler)
--writers    processes that write to one file where several do; 3 by default`;

const slowDiskUs = 5_000;

const { kills, seed, writers, isDiskSlow } = options(process.argv.slice(2));
prepare();
console.log(`${kills} kills, --seed ${seed}`);
const counts = await runVitest({
  args: ["test/crash/"],
  env: {
    HOLDFAST_CRASH_KILLS: String(kills),
    HOLDFAST_CRASH_SEED: String(seed),
    HOLDFAST_CRASH_WRITERS: String(writers),
    HOLDFAST_CRASH_FSYNC_US: String(isDiskSlow ? slowDiskUs : 0),
  },
});
console.log(`${failureLines(counts.failures)}${countsLine(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;

function options(words) {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        seed: { type: "string" },
        writers: { type: "string", default: "3" },
        "slow-disk": { type: "boolean", default: false },
      },
    });
    if (positionals.length > 1) throw new Error(`Only one number of kills, please.`);
    return {
      kills: integer(positionals[0] ?? "200", "KILLS", 1),
      seed: integer(values.seed ?? String(Date.now() % 2 ** 32), "--seed", 0),
      writers: integer(values.writers, "--writers", 1),
      isDiskSlow: values["slow-disk"],
    };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest. The last one to begin would be run by one worker, while the other has nothing left to do. */
const longest = [
  "test/conformance/sqlite-reopened.test.ts",
  "test/conformance/sqlite.test.ts",
  "test/properties/programs.test.ts",
  "test/linearizability/contention.test.ts",
  "test/conformance/pglite.test.ts",
  "test/load/run.test.ts",
  "test/conformance/postgres.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = longest.findIndex((name) => moduleId.endsWith(name));
      return rank === -1 ? longest.length : rank;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array's
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // What needs a build of Next, which `npm run test:next` makes.
    exclude: [...configDefaults.exclude, ...(process.env["HOLDFAST_TEST_NEXT"] === undefined ? ["test/next/**"] : [])],
    globalSetup: ["test/postgres-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests import the built package by its name, and Node loads it, as it does for a user. Inside Vite's module runner it
    // would be a second copy, with a second `HoldfastError`, beside the one that Node's own imports get.
    server: { deps: { external: [/\/dist\//] } },
  },
});

export default config;

import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // What needs a build of Next, which `npm run test:next` makes.
    exclude: [...configDefaults.exclude, ...(process.env["HOLDFAST_TEST_NEXT"] === undefined ? ["test/next/**"] : [])],
    globalSetup: ["test/postgres-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests import the built package by its name, and Node loads it, as it does for a user. Inside Vite's module runner it
    // would be a second copy, with a second `HoldfastError`, beside the one that Node's own imports get.
    server: { deps: { external: [/\/dist\//] } },
  },
});

export default config;

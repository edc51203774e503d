/** Whether the whole kit runs here, as `npm run test:portable` has it; else a few groups of it. */
export const isWhole: boolean = process.env["HOLDFAST_TEST_PORTABLE"] === "whole";

/** The groups of rules to run. */
export const groups: readonly string[] | undefined = isWhole ? undefined : ["kv"];

export { failingStore } from "./failing-store.js";
export type { FailingStore } from "./failing-store.js";
export type { HeldCommit } from "./held-commit.js";
export { manualClock } from "./manual-clock.js";
export type { ManualClock } from "./manual-clock.js";
export { sequentialIds } from "./sequential-ids.js";

export { manualClock } from "./manual-clock.js";
export type { ManualClock } from "./manual-clock.js";
export { sequentialIds } from "./sequential-ids.js";

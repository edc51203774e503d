import type { ErasedRows } from "../contract/index.js";

/** What an erasure removed that found nothing. */
export const nothingErased: ErasedRows = {
  threads: 0,
  messages: 0,
  stateSnapshots: 0,
  kvEntries: 0,
  logs: 0,
  logEntries: 0,
  operations: 0,
  leases: 0,
};

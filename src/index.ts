export * from "./contract/index.js";
export { SessionGraph } from "./core/session-graph.js";
export type { GraphMessage, HydrateOptions } from "./core/session-graph.js";
export { open } from "./open.js";

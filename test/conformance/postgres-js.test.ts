import { postgresJs, testRules } from "./kit.js";

testRules(await postgresJs(), "plain", [
  "messages",
  "kv",
  "state",
  "log",
  "write",
  "operations",
  "attack",
  "users",
  "erasure",
]);

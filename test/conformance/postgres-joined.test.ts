import { postgresJoined, testRules } from "./kit.js";

const groups = ["messages", "state", "kv", "log", "write", "read", "operations", "values", "input", "limits", "users"];

testRules(
  await postgresJoined(),
  "plain",
  [...groups, "user-handles", "attack", "pages"],
  [
    // Every call waits for a connection before it is made, and every list is read to its end at once.
    "write/recorded-is-copied",
    "values/copied-on-the-way-in",
    "log/load-since-in-pages",
    // In a transaction that is not REPEATABLE READ, each statement sees what was committed before it.
    "read/one-snapshot",
  ],
);

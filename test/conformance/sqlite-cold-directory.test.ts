import { sqlite, testRules } from "./kit.js";

testRules(sqlite("directory"), "plain", ["log", "erasure", "export", "sweep", "instance", "limits"]);

import { postgres, testRules } from "./kit.js";

testRules(await postgres("directory"), "plain", ["log", "erasure", "export", "sweep", "instance", "limits"]);

import { memory, testRules } from "./kit.js";

testRules(memory, "plain");
testRules(memory, "batched");

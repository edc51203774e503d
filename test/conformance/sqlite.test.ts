import { sqlite, testRules } from "./kit.js";

const subject = sqlite();
testRules(subject, "plain");
testRules(subject, "batched");

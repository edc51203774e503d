import { postgres, testRules } from "./kit.js";

const subject = await postgres();
testRules(subject, "plain");
testRules(subject, "batched");

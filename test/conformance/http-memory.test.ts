import { overHttp } from "../support/over-http.js";
import { memory, testRules } from "./kit.js";

const subject = overHttp(memory);
testRules(subject, "plain");
testRules(subject, "batched");

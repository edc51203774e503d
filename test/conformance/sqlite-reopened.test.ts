import { sqlite, testRules } from "./kit.js";

testRules(sqlite(), "reopened");

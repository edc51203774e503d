import { pglite, testRules } from "./kit.js";

testRules(await pglite(), "plain");

import { overHttp } from "../support/over-http.js";
import { sqlite, testRules } from "./kit.js";

testRules(overHttp(sqlite()), "plain");

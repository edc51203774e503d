import { overHttp } from "../support/over-http.js";
import { postgres, testRules } from "./kit.js";

testRules(overHttp(await postgres()), "plain");

import { joinedRules, postgresJoined, testRules } from "./kit.js";

testRules(await postgresJoined(), "plain", joinedRules.groups, joinedRules.without);

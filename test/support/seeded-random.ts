export { seededRandom } from "../../bench/seeded-random.js";

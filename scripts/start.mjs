// `npm start`: makes the clone ready, then runs the command line with the words after `--`, or the tour without any.
import { prepare } from "./prepare.mjs";

prepare();
// npm runs scripts in the folder of the package; paths on the command line are meant from where the user is.
process.chdir(process.env.INIT_CWD ?? process.cwd());
if (process.argv.length === 2) process.argv.push("tour");
await import("../dist/cli/main.js");

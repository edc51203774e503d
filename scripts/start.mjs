// `npm start`: makes the clone ready, then runs the command line with the words after `--`, or serves ./holdfast.db
// without any: in dev mode, with a sample where the store is new.
import { prepare } from "./prepare.mjs";

prepare();
// npm runs scripts in the folder of the package; paths on the command line are meant from where the user is.
process.chdir(process.env.INIT_CWD ?? process.cwd());
if (process.argv.length === 2) process.argv.push("serve", "--dev", "--sample");
await import("../dist/cli/main.js");

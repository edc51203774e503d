import { register } from "node:module";

// Gives a process that is started with `--import` of this file a small handler where the server's own is not there yet.
register("./resolve.mjs", import.meta.url);

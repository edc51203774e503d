import { openStore, say } from "./setup.mjs";

// Opens the store, which brings it up to date, and keeps it open.

say("opening");
await openStore();
say("open");
setInterval(() => {}, 1000);

import { startPostgres } from "../../../scripts/postgres-server.mjs";

// Starts a server, says where it is, and does nothing more; it never stops it.

const { pid, folder } = await startPostgres();
process.send({ pid, folder });

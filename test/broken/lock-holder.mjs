import { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";

// Another process that locks a file: with the statement that it is given, until it is told to let go.

const { path, driver, begin } = JSON.parse(process.argv[2]);
const db = new Connection((await loadDriver(driver)).open(path));
db.exec(begin);
process.send("locked");
process.once("message", () => {
  db.exec("ROLLBACK");
  db.close();
  process.disconnect();
});

import { HoldfastError } from "../../contract/index.js";

/** Why a server cannot listen, and what to do. */
export function listeningError(error: NodeJS.ErrnoException, port: number, hostname: string): HoldfastError {
  switch (error.code) {
    case "EADDRINUSE":
      return new HoldfastError(
        "UNAVAILABLE",
        `port ${port} of ${hostname} is in use: stop what listens there, or take another port (0: any that is free).`,
        { cause: error },
      );
    case "EACCES":
      return new HoldfastError("FORBIDDEN", `this user may not listen on port ${port}: take one from 1024 on.`, {
        cause: error,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new HoldfastError("INVALID_ARGUMENT", `${hostname} is not an address of this machine.`, { cause: error });
    default:
      return new HoldfastError("INTERNAL", `listening on ${hostname}, port ${port}, failed: ${error.message}.`, {
        cause: error,
      });
  }
}

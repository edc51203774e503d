/** Rows that one step of archiving, evicting, sweeping or erasing touches at most, of each kind. */
export const rowsPerStep = 500;

/** Users, threads or logs that one step looks at. */
export const lookedAtPerStep = 200;

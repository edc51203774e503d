/* Stands in for what is being written. */
const todo = (): never => {
  throw new Error("unfinished");
};
export const archiveStep: any = todo;
export const evictStep: any = todo;
export const sweepStep: any = todo;
export const sweptUntil: any = async () => undefined;
export const noteSwept: any = async () => {};
export const sweepDryRun: any = todo;
export const listTenants: any = todo;
export const beginErasure: any = todo;
export const pendingErasures: any = async () => [];
export const eraseStep: any = todo;
export const stats: any = todo;
export const examine: any = todo;
export const noBackup: any = () => new Error("unfinished");
export const healthCheck: any = todo;

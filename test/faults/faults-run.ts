/** How many faults each test makes that makes them at random. */
export const rounds: number = Number(process.env["HOLDFAST_FAULTS_ROUNDS"] ?? 2);

/** What the faults and their moments are chosen by. */
export const seed: number = Number(process.env["HOLDFAST_FAULTS_SEED"] ?? Date.now() % 2 ** 32);

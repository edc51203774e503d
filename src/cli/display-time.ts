/** An instant as `2026-11-21 04:02:11Z`: always UTC. */
export function displayTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().replace("T", " ").slice(0, -5)}Z`;
}

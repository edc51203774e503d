/** Something that the tour claims, and whether it is so. */
export interface Check {
  readonly says: string;
  readonly ok: boolean;
}

/** Tells what the tour does, line by line, and keeps what it found. */
export class TourReport {
  readonly checks: Check[] = [];
  readonly #print: (line: string) => Promise<void>;

  constructor(print: (line: string) => Promise<void>) {
    this.#print = print;
  }

  async step(title: string): Promise<void> {
    await this.#print(`\n${title}`);
  }

  async say(line: string): Promise<void> {
    await this.#print(`  ${line}`);
  }

  async check(says: string, ok: boolean): Promise<void> {
    this.checks.push({ says, ok });
    await this.#print(`  ${ok ? "✓" : "✗"} ${says}`);
  }

  get failed(): number {
    return this.checks.filter(({ ok }) => !ok).length;
  }
}

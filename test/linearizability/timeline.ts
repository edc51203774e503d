import type { Operation } from "./model.js";

/** A call or a return. */
export interface Moment {
  /** Of the operation, in the history. */
  readonly index: number;
  readonly isCall: boolean;
  /** The return that goes with a call, where there is one. */
  readonly end?: Moment;
  previous?: Moment | undefined;
  next?: Moment | undefined;
}

/** The calls and returns of a history by time, as a list that operations can be taken out of and put back into. */
export class Timeline {
  readonly #start: Moment = { index: -1, isCall: false };

  constructor(history: readonly Operation[]) {
    const timed = history.flatMap<Timed>(({ called, returned }, index) => {
      if (returned === undefined) return [{ at: called, moment: { index, isCall: true } }];
      const end = { index, isCall: false };
      return [
        { at: called, moment: { index, isCall: true, end } },
        { at: returned, moment: end },
      ];
    });
    // Calls first: operations that end and begin at one time are taken as overlapping.
    timed.sort((a, b) => a.at - b.at || Number(b.moment.isCall) - Number(a.moment.isCall));
    let last = this.#start;
    for (const { moment } of timed) {
      moment.previous = last;
      last.next = moment;
      last = moment;
    }
  }

  get first(): Moment | undefined {
    return this.#start.next;
  }

  /** The calls before the first return. */
  *openCalls(): Generator<Moment> {
    for (let moment = this.first; moment?.isCall === true; moment = moment.next) yield moment;
  }

  takeOut(call: Moment): void {
    for (const moment of momentsOf(call)) {
      moment.previous!.next = moment.next;
      if (moment.next !== undefined) moment.next.previous = moment.previous;
    }
  }

  /** Undoes the last `takeOut` that was not undone. */
  putBack(call: Moment): void {
    for (const moment of momentsOf(call).toReversed()) {
      moment.previous!.next = moment;
      if (moment.next !== undefined) moment.next.previous = moment;
    }
  }
}

interface Timed {
  readonly at: number;
  readonly moment: Moment;
}

function momentsOf(call: Moment): readonly Moment[] {
  return call.end === undefined ? [call] : [call, call.end];
}

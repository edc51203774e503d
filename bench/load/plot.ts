import type { Kind } from "./kinds.js";
import type { Interval, KindRow } from "./measurements.js";
import { element, line, linearScale, logScale, path, text } from "./svg.js";
import type { Scale } from "./svg.js";

interface PlotInput {
  readonly store: string;
  readonly cpu: string;
  readonly measuredAt: string;
  readonly options: {
    readonly tenants: number;
    readonly rate: number;
    readonly minutes: number;
    readonly processes: number;
  };
  readonly kinds: readonly KindRow[];
  readonly intervals: readonly Interval[];
}

const width = 960;
const left = 90;
const right = width - 130;
const grey = { stroke: "#d8d8d8", "stroke-width": 1 };

/** Told apart also by those who do not see all colours (Okabe and Ito). */
const colors: Readonly<Record<Kind, string>> = {
  turn: "#d55e00",
  repeat: "#000000",
  append: "#0072b2",
  context: "#009e73",
  tail: "#56b4e9",
  archive: "#999999",
  erase: "#cc79a7",
  sweep: "#8c6d31",
  delivery: "#e69f00",
};

/** Often enough for a line over time. */
const followed: readonly Kind[] = ["turn", "append", "context", "tail", "delivery"];

const marks = ["p50", "p90", "p99", "p999", "max"] as const;

/** Percentiles by kind of call, and latencies and calls over time, as an SVG. */
export function plot(input: PlotInput): string {
  const { store, cpu, measuredAt, options, kinds, intervals } = input;
  const { tenants, rate, minutes, processes } = options;
  const whole = intervals.filter(({ endS }) => endS <= minutes * 60 + 0.001);
  const byKindBottom = 110 + 26 * kinds.length;
  const overTimeTop = byKindBottom + 90;
  const callsTop = overTimeTop + 270;
  const height = callsTop + 170;
  const subtitle = `${tenants} tenants, ${rate} calls a second by ${processes} processes, ${minutes} minutes; ${cpu}; ${measuredAt.slice(0, 10)}`;
  const parts = [
    element("rect", { x: 0, y: 0, width, height, fill: "#ffffff" }),
    text(20, 30, store, { "font-size": 18, "font-weight": "bold" }),
    text(20, 50, subtitle),
    ...byKind(kinds, 100, byKindBottom),
    ...overTime(whole, minutes, overTimeTop, callsTop - 70),
    ...callsOverTime(whole, minutes, rate, callsTop, height - 45),
  ];
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    "font-family": "system-ui, sans-serif",
    "font-size": 12,
    fill: "#222222",
  };
  return `${element("svg", attributes, `\n${parts.join("\n")}\n`)}\n`;
}

function byKind(rows: readonly KindRow[], top: number, bottom: number): string[] {
  if (rows.length === 0) return [];
  const place = logScale(
    rows.flatMap((row) => marks.map((mark) => row[mark])),
    left,
    right,
  );
  const drawn = rows.flatMap((row, index) => {
    const y = top + 22 + index * 26;
    const fill = colors[row.kind];
    const dots = marks.map((mark, number) => {
      const isMost = mark === "max";
      return element("circle", {
        cx: place(row[mark]),
        cy: y,
        r: isMost ? 4 : 6 - number,
        fill: isMost ? "#ffffff" : fill,
        stroke: fill,
      });
    });
    return [
      text(left - 10, y + 4, row.kind, { "text-anchor": "end" }),
      line(place(row.p50), y, place(row.max), y, { stroke: fill, "stroke-width": 2 }),
      ...dots,
      text(right + 10, y + 4, `${row.calls} calls`),
    ];
  });
  return [
    text(
      left,
      top - 14,
      "ms from when a call was due: p50, p90, p99, p99.9 from large to small, and the slowest (hollow)",
    ),
    ...place.ticks.flatMap((tick) => [
      line(place(tick), top, place(tick), bottom + 10, grey),
      text(place(tick), bottom + 26, String(Number(tick.toPrecision(3))), { "text-anchor": "middle" }),
    ]),
    ...drawn,
  ];
}

function overTime(intervals: readonly Interval[], minutes: number, top: number, bottom: number): string[] {
  const rows = intervals.flatMap(({ kinds }) => kinds.filter(({ kind }) => followed.includes(kind)));
  if (rows.length === 0) return [];
  const across = linearScale(minutes * 60, left, right);
  const up = logScale(
    rows.flatMap(({ p50, p99 }) => [p50, p99]),
    bottom,
    top,
  );
  const lines = followed.flatMap((name, index) => {
    const points = (percentile: "p50" | "p99"): [number, number][] =>
      intervals.flatMap(({ endS, kinds }) =>
        kinds.filter(({ kind }) => kind === name).map((row): [number, number] => [across(endS), up(row[percentile])]),
      );
    const stroke = colors[name];
    return [
      path(points("p99"), { stroke, "stroke-width": 2 }),
      path(points("p50"), { stroke, "stroke-width": 1, "stroke-dasharray": "3 3" }),
      text(right + 10, top + 10 + index * 18, name, { fill: stroke, "font-weight": "bold" }),
    ];
  });
  return [text(left, top - 14, "p99 (solid) and p50 (dashed) over time, ms"), ...grid(across, up, bottom), ...lines];
}

function callsOverTime(
  intervals: readonly Interval[],
  minutes: number,
  rate: number,
  top: number,
  bottom: number,
): string[] {
  const across = linearScale(minutes * 60, left, right);
  const points = intervals.map(({ endS, kinds }, index): [number, number] => {
    const seconds = endS - (intervals[index - 1]?.endS ?? 0);
    const calls = kinds.filter(({ kind }) => kind !== "delivery").reduce((sum, { calls }) => sum + calls, 0);
    return [endS, calls / seconds];
  });
  const up = linearScale(1.2 * Math.max(rate, ...points.map(([, calls]) => calls)), bottom, top);
  return [
    text(left, top - 14, "calls a second that ended, and the rate at which they were due (dashed)"),
    ...grid(across, up, bottom),
    line(left, up(rate), right, up(rate), { stroke: "#222222", "stroke-dasharray": "5 4" }),
    path(
      points.map(([endS, calls]) => [across(endS), up(calls)]),
      { stroke: "#222222", "stroke-width": 2 },
    ),
    text(left, bottom + 38, "seconds from the beginning"),
  ];
}

function grid(across: Scale, up: Scale, bottom: number): string[] {
  return [
    ...up.ticks.flatMap((tick) => [
      line(left, up(tick), right, up(tick), grey),
      text(left - 10, up(tick) + 4, String(Number(tick.toPrecision(3))), { "text-anchor": "end" }),
    ]),
    ...across.ticks.map((tick) => text(across(tick), bottom + 18, String(tick), { "text-anchor": "middle" })),
  ];
}

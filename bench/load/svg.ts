/** Maps values to places in a plot. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
}

/** Every value between the least and the most, from one power of ten to another. */
export function logScale(values: readonly number[], from: number, to: number): Scale {
  const lowest = Math.floor(Math.log10(Math.max(0.001, Math.min(...values))));
  const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...values))));
  const place = (value: number): number =>
    from + ((Math.log10(Math.max(value, 10 ** lowest)) - lowest) / (highest - lowest)) * (to - from);
  const ticks = Array.from({ length: highest - lowest + 1 }, (_, index) => 10 ** (lowest + index));
  return Object.assign(place, { ticks });
}

/** From 0 to the most, with about five round numbers in between. */
export function linearScale(most: number, from: number, to: number): Scale {
  const step = roundStep(most / 5);
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
  return Object.assign((value: number) => from + (value / most) * (to - from), { ticks });
}

/** The least of 1, 2, 5, 10, 20, … that is no less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least)!;
}

type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, content = ""): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    return ` ${key}="${escaped(typeof value === "number" ? String(Math.round(value * 10) / 10) : value)}"`;
  });
  return `<${name}${written.join("")}>${content}</${name}>`;
}

export function text(x: number, y: number, words: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escaped(words));
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element("line", { x1, y1, x2, y2, ...attributes });
}

export function path(points: readonly (readonly [x: number, y: number])[], attributes: Attributes): string {
  const steps = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`);
  return element("path", { d: steps.join(""), fill: "none", ...attributes });
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

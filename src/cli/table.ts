import { displayLine, displayWidth } from "./display-text.js";
import { columns as terminalColumns } from "./output.js";

export interface Column {
  readonly title: string;
  /** Columns of the terminal at most, beyond which a cell is cut; without it a cell may take what is left of the line. `Infinity` cuts nothing. */
  readonly width?: number;
  readonly align?: "left" | "right";
}

/** Where the terminal is narrow, lines rather grow longer than it than be cut to nothing. */
const leastWidth = 20;

/** The lines of a table: a head, then the rows, in columns as wide as what is in them. Only the last may have no `width`. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  let left = terminalColumns();
  const cells = columns.map((column, index) => {
    const most = column.width ?? Math.max(left, leastWidth);
    const texts = all.map((row) => displayLine(row[index]!, most));
    const width = Math.max(...texts.map(displayWidth));
    left -= width + 2;
    return texts.map((text) => pad(text, width, column.align));
  });
  return all.map((_row, line) =>
    cells
      .map((column) => column[line]!)
      .join("  ")
      .trimEnd(),
  );
}

function pad(cell: string, width: number, align: Column["align"] = "left"): string {
  const space = " ".repeat(width - displayWidth(cell));
  return align === "left" ? cell + space : space + cell;
}

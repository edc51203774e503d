/** A row with some fields replaced: `undefined` leaves a field, `null` removes it. */
export function patched<Row extends object>(row: Row, patch: Patch<Row>): Row {
  const merged = { ...row } as Record<string, unknown>;
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else if (value !== undefined) merged[field] = value;
  }
  return merged as Row;
}

type Patch<Row> = { readonly [Field in keyof Row]?: Row[Field] | null | undefined };

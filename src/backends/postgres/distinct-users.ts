/**
 * SQL for the ids of the users behind `$2` who have rows in a table, each once, in order, at most `limit` of them. It jumps from
 * user to user: to read all their rows would take as long as they have many.
 */
export function usersIn(table: "@threads" | "@state_versions", limit: "$3" | "$5" = "$3"): string {
  const next = (after: string): string =>
    `SELECT user_id FROM ${table} WHERE tenant_id = $1 AND user_id > ${after} ORDER BY user_id LIMIT 1`;
  return `WITH RECURSIVE found (user_id) AS ((${next("$2")})
UNION ALL SELECT n.user_id FROM found CROSS JOIN LATERAL (${next("found.user_id")}) AS n)
SELECT user_id FROM found LIMIT ${limit}`;
}

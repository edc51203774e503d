import { Client } from "pg";

/**
 * Makes a database look, to those who ask, as if it had the extension citus: it notes in `pg_dist_partition` what is to be
 * distributed, and leaves it where it is. For what is sent to Citus, not for what Citus makes of it.
 */
export async function pretendCitus(superuserUrl: string): Promise<void> {
  const client = new Client(superuserUrl);
  await client.connect();
  try {
    await client.query(extension);
  } finally {
    await client.end();
  }
}

const extension = `
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
  VALUES (999999, 'citus', 10, 11, false, '13.2-1');
CREATE TABLE public.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partkey text, colocated_with text, step serial);
CREATE FUNCTION public.create_distributed_table(
  table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default'
) RETURNS void LANGUAGE sql SECURITY DEFINER AS
  'INSERT INTO public.pg_dist_partition VALUES (table_name, distribution_column, colocate_with)';
CREATE FUNCTION public.create_reference_table(table_name regclass) RETURNS void LANGUAGE sql SECURITY DEFINER AS
  'INSERT INTO public.pg_dist_partition VALUES (table_name, NULL, NULL)';
CREATE FUNCTION public.citus_total_relation_size(logicalrelid regclass) RETURNS bigint LANGUAGE sql AS
  'SELECT 1000000000::bigint';
GRANT SELECT ON public.pg_dist_partition TO PUBLIC;`;

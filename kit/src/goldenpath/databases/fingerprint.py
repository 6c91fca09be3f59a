"""What a database holds, as one short text: equal texts mean equal rows, sequences and what the queries here read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from psycopg import Connection

FOREIGN: Final = "nspname NOT IN ('pg_catalog', 'information_schema', 'goldenpath') AND nspname NOT LIKE 'pg\\_%%'"

SCHEMA: Final = f"""
SELECT md5(coalesce(string_agg(line, E'\\n' ORDER BY line), '')) FROM (
    SELECT concat_ws('|', c.oid::regclass, relkind, relpersistence, relrowsecurity, relforcerowsecurity,
                     attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity,
                     pg_get_expr(adbin, adrelid), relacl, attacl,
                     CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
                     CASE WHEN relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid) END) AS line
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    LEFT JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
    WHERE {FOREIGN}
    UNION ALL
    SELECT concat_ws('|', conrelid::regclass, conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_namespace n ON n.oid = connamespace WHERE {FOREIGN}
    UNION ALL
    SELECT concat_ws('|', t.oid::regtype, typtype, format_type(typbasetype, typtypmod), typnotnull, typdefault,
                     enumlabel, enumsortorder)
    FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace LEFT JOIN pg_enum ON enumtypid = t.oid WHERE {FOREIGN}
    UNION ALL
    SELECT concat_ws('|', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws('|', p.oid::regprocedure, md5(prosrc), prosecdef, provolatile, proconfig, proacl)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE {FOREIGN}
    UNION ALL
    SELECT concat_ws('|', schemaname, tablename, policyname, qual, with_check) FROM pg_policies
    UNION ALL
    SELECT concat_ws('|', 'extension', extname, extversion) FROM pg_extension
) AS parts
"""

TABLES: Final = f"""
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'm') AND relpersistence <> 't' AND {FOREIGN} ORDER BY 1
"""

SEQUENCES: Final = f"""
SELECT c.oid::regclass::text, pg_sequence_last_value(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'S' AND relpersistence <> 't' AND {FOREIGN} ORDER BY 1
"""


def fingerprint(connection: Connection[Any]) -> str:
    """Read everything once: the schema, every row of every table whatever its order, and where the sequences stand."""
    schema = connection.execute(SCHEMA).fetchone()
    tables = [name for (name,) in connection.execute(TABLES)]
    counts = " UNION ALL ".join(
        f"SELECT {position}, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM ONLY {name} t"
        for position, name in enumerate(tables)
    )
    rows = sorted(connection.execute(counts.encode()).fetchall()) if counts else []
    sequences = connection.execute(SEQUENCES).fetchall()
    return hashlib.sha256(repr((schema, tables, rows, sequences)).encode()).hexdigest()[:16]

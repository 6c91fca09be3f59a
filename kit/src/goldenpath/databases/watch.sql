-- Installed into a migrated database, this knows which tables a test dirtied and puts exactly those back.
--
-- A statement-level trigger per table sets a sequence. Sequences are outside transactions and take no lock that lasts, so
-- concurrent tests of one database neither wait for each other nor lose a mark by rolling back; `setval`, unlike
-- `nextval`, leaves the session's `lastval()` alone. An event trigger does the same for changes of the schema, which no
-- reset undoes. Both are always enabled, so that a session that replicates is seen as well. Tables that inherit or are partitioned are watched and put back as one family, named by its root,
-- because a statement on the root fires no trigger of the members it writes to.

CREATE SCHEMA goldenpath;

CREATE SEQUENCE goldenpath.schema_changed;

CREATE FUNCTION goldenpath.mark() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM pg_catalog.setval(TG_ARGV[0]::pg_catalog.oid::pg_catalog.regclass, 1, true);
    RETURN NULL;
END $$;

CREATE FUNCTION goldenpath.mark_schema() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_EVENT = 'sql_drop' THEN
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger_dropped_objects() WHERE NOT is_temporary) THEN
            RETURN;
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp'
    ) THEN
        RETURN;
    END IF;
    PERFORM pg_catalog.setval('goldenpath.schema_changed', 1, true);
END $$;

-- Every ordinary or partitioned table of the user's, with the root of its family.
CREATE VIEW goldenpath.members AS
WITH RECURSIVE family (root, member) AS (
    SELECT oid, oid FROM pg_catalog.pg_class
    WHERE relkind IN ('r', 'p') AND relpersistence <> 't'
      AND relnamespace NOT IN (
          SELECT oid FROM pg_catalog.pg_namespace
          WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast', 'goldenpath') OR nspname LIKE 'pg\_%'
      )
      AND oid NOT IN (SELECT inhrelid FROM pg_catalog.pg_inherits)
    UNION
    SELECT root, inhrelid FROM family JOIN pg_catalog.pg_inherits ON inhparent = member
)
SELECT root, member FROM family JOIN pg_catalog.pg_class ON oid = member WHERE relkind IN ('r', 'p');

CREATE TABLE goldenpath.families (
    root regclass PRIMARY KEY,
    mark regclass NOT NULL,
    clear text NOT NULL,
    refill text NOT NULL,
    proof text NOT NULL
);

CREATE TABLE goldenpath.sequences (sequence regclass PRIMARY KEY, start_value bigint, last_value bigint);

CREATE TABLE goldenpath.large_objects AS SELECT count(*) AS present FROM pg_catalog.pg_largeobject_metadata;

CREATE FUNCTION goldenpath.watch() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    family oid;
    member oid;
    fields text;
    mark regclass;
    refill text;
    proof text;
    kept bigint;
    digest numeric;
BEGIN
    FOR family IN SELECT DISTINCT root FROM goldenpath.members ORDER BY root LOOP
        EXECUTE format('CREATE SEQUENCE goldenpath.%I', 'mark_' || family);
        mark := format('goldenpath.%I', 'mark_' || family)::regclass;
        refill := '';
        proof := '';
        FOR member IN SELECT m.member FROM goldenpath.members m WHERE m.root = family ORDER BY m.member LOOP
            EXECUTE format(
                'CREATE TRIGGER goldenpath_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
                 FOR EACH STATEMENT EXECUTE FUNCTION goldenpath.mark(%L)', member::regclass, mark::oid);
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER goldenpath_mark', member::regclass);
            CONTINUE WHEN (SELECT relkind FROM pg_class WHERE oid = member) = 'p';
            EXECUTE format('SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM ONLY %s t', member::regclass)
            INTO kept, digest;
            IF kept > 0 THEN
                SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO fields
                FROM pg_attribute WHERE attrelid = member AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
                EXECUTE format('CREATE UNLOGGED TABLE goldenpath.%I AS SELECT %s FROM ONLY %s',
                               'kept_' || member, fields, member::regclass);
                refill := refill || format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM goldenpath.%I; ',
                                           member::regclass, fields, fields, 'kept_' || member);
                proof := proof || format(
                    ' AND (SELECT (count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)) = (%s, %s) FROM ONLY %s t)',
                    kept, digest, member::regclass);
            ELSE
                proof := proof || format(' AND NOT EXISTS (SELECT FROM ONLY %s)', member::regclass);
            END IF;
        END LOOP;
        INSERT INTO goldenpath.families
        VALUES (family, mark, format('DELETE FROM %s', family::regclass), refill, 'SELECT true' || proof);
    END LOOP;
    INSERT INTO goldenpath.sequences
    SELECT c.oid, s.seqstart, pg_sequence_last_value(c.oid)
    FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid
    WHERE c.relnamespace <> 'goldenpath'::regnamespace AND c.relpersistence <> 't';
END $$;

-- Puts the database back to what it was when it was watched, and returns the tables that had been dirty. Raises, naming
-- the reason, when that is impossible or cannot be proved; the marks are then worthless and so is this database.
CREATE FUNCTION goldenpath.reset() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    family record;
    cleared text[] := '{}';
    again boolean;
    proven boolean;
BEGIN
    IF pg_sequence_last_value('goldenpath.schema_changed') IS NOT NULL THEN
        RAISE 'the schema was changed';
    END IF;
    IF (SELECT count(*) FROM pg_largeobject_metadata) <> (SELECT present FROM goldenpath.large_objects) THEN
        RAISE 'large objects were created or removed';
    END IF;
    PERFORM set_config('session_replication_role', 'replica', true);
    FOR round IN 0..10 LOOP
        again := false;
        FOR family IN SELECT * FROM goldenpath.families WHERE pg_sequence_last_value(mark) IS NOT NULL LOOP
            IF round = 10 THEN
                RAISE 'triggers that are always enabled write again and again while tables are put back';
            END IF;
            again := true;
            EXECUTE family.clear;
            EXECUTE family.refill;
            EXECUTE family.proof INTO proven;
            IF NOT proven THEN
                RAISE '% does not hold again what it held', family.root;
            END IF;
            PERFORM setval(family.mark, 1, false);
            cleared := array_remove(cleared, family.root::text) || family.root::text;
        END LOOP;
        EXIT WHEN NOT again;
    END LOOP;
    PERFORM setval(sequence, coalesce(last_value, start_value), last_value IS NOT NULL)
    FROM goldenpath.sequences
    WHERE pg_sequence_last_value(sequence) IS DISTINCT FROM last_value;
    RETURN cleared;
END $$;

SELECT goldenpath.watch();

CREATE EVENT TRIGGER goldenpath_changed ON ddl_command_end EXECUTE FUNCTION goldenpath.mark_schema();
CREATE EVENT TRIGGER goldenpath_dropped ON sql_drop EXECUTE FUNCTION goldenpath.mark_schema();
ALTER EVENT TRIGGER goldenpath_changed ENABLE ALWAYS;
ALTER EVENT TRIGGER goldenpath_dropped ENABLE ALWAYS;

-- What each instance last told of itself, for whoever runs the service. It is no tenant's, so nobody who works for one may
-- read it: the role of the service has no right to the table, and its owner passes the policy only within these functions.
CREATE TABLE instances (
    id text PRIMARY KEY,
    told_at timestamptz NOT NULL,
    report jsonb NOT NULL
);

ALTER TABLE instances ENABLE ROW LEVEL SECURITY;
ALTER TABLE instances FORCE ROW LEVEL SECURITY;
CREATE POLICY by_function ON instances USING (current_setting('agent_backend.instances', true) = 'told');

-- An instance that was killed is forgotten by the others.
CREATE FUNCTION tell_of_instance(p_instance text, p_report jsonb, p_forget interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('agent_backend.instances', 'told', true);
    DELETE FROM instances WHERE told_at < now() - p_forget AND id <> p_instance;
    INSERT INTO instances VALUES (p_instance, now(), p_report)
    ON CONFLICT (id) DO UPDATE SET told_at = now(), report = excluded.report;
END
$$;

CREATE FUNCTION forget_instance(p_instance text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('agent_backend.instances', 'told', true);
    DELETE FROM instances WHERE id = p_instance;
END
$$;

CREATE FUNCTION told_instances() RETURNS TABLE (id text, silent_seconds double precision, report jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('agent_backend.instances', 'told', true);
    RETURN QUERY
    SELECT i.id, extract(epoch FROM now() - i.told_at)::double precision, i.report FROM instances i ORDER BY i.id;
END
$$;

REVOKE ALL ON FUNCTION tell_of_instance, forget_instance, told_instances FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tell_of_instance, forget_instance, told_instances TO agent_backend_app;

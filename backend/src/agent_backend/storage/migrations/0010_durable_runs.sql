-- Runs that outlive the process that works on them. Each function below is one transaction of the log: it names the tenant
-- for its own length, changes the state, and writes the event that tells of it. As one statement it is one round trip, and
-- it runs with the caller's rights, so row level security holds inside it.

ALTER TABLE runs DROP CONSTRAINT runs_state_check;
UPDATE runs SET state = 'failed', finished_at = now() WHERE state = 'running';
ALTER TABLE runs
    ADD CONSTRAINT runs_state_check
        CHECK (state IN ('queued', 'running', 'completed', 'failed', 'timeout', 'dead', 'cancelled')),
    ALTER COLUMN state SET DEFAULT 'queued',
    -- Counts the claims. Whoever writes names the claim he writes under; a later claim shuts out the earlier.
    ADD COLUMN fence integer NOT NULL DEFAULT 0,
    ADD COLUMN owner text,
    ADD COLUMN request_id text,
    ADD COLUMN connection_id text,
    ADD COLUMN permissions text[] NOT NULL DEFAULT '{}',
    ADD COLUMN started_at timestamptz,
    ADD COLUMN cancel_requested boolean NOT NULL DEFAULT false;

CREATE INDEX active_runs_of_thread ON runs (tenant_id, thread_id) WHERE state IN ('queued', 'running');
CREATE INDEX active_runs_of_user ON runs (tenant_id, user_id) WHERE state IN ('queued', 'running');

-- What a completed step returned, or how it failed: never written twice, never run again.
CREATE TABLE run_steps (
    tenant_id text NOT NULL,
    run_id text NOT NULL,
    name text NOT NULL,
    position integer NOT NULL CHECK (position > 0),
    agent text NOT NULL,
    inputs jsonb NOT NULL,
    result jsonb,
    failure text,
    fence integer NOT NULL,
    finished_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, run_id, name),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id),
    CHECK ((result IS NULL) <> (failure IS NULL))
);
ALTER TABLE run_steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_steps FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON run_steps USING (tenant_id = current_tenant());
GRANT SELECT, INSERT ON run_steps TO agent_backend_app;

-- Takes a question: 'admitted', 'duplicate' (this message has its run), 'thread_not_found' or 'run_active'.
CREATE FUNCTION admit_run(
    p_tenant text, p_user text, p_thread text, p_title text, p_run text, p_request text, p_connection text,
    p_client_message text, p_message text, p_text text, p_permissions text[],
    p_may_wait integer, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('agent_backend.tenant', p_tenant, true);
    IF EXISTS (SELECT FROM runs WHERE user_id = p_user AND client_message_id = p_client_message) THEN
        RETURN 'duplicate';
    END IF;
    IF p_title IS NULL THEN
        PERFORM FROM threads WHERE id = p_thread AND user_id = p_user;
        IF NOT FOUND THEN
            RETURN 'thread_not_found';
        END IF;
        -- Questions to one thread, from whatever instance, are counted one after the other.
        PERFORM pg_advisory_xact_lock(hashtextextended(p_tenant || ' ' || p_thread, 0));
        IF (SELECT count(*) FROM runs WHERE thread_id = p_thread AND state IN ('queued', 'running')) > p_may_wait THEN
            RETURN 'run_active';
        END IF;
    END IF;
    BEGIN
        IF p_title IS NOT NULL THEN
            INSERT INTO threads (tenant_id, id, user_id, title, created_at)
            VALUES (p_tenant, p_thread, p_user, p_title, p_now);
        END IF;
        INSERT INTO runs (
            tenant_id, id, thread_id, user_id, client_message_id, request_id, connection_id, permissions, created_at
        ) VALUES (
            p_tenant, p_run, p_thread, p_user, p_client_message, p_request, p_connection, p_permissions, p_now
        );
    EXCEPTION WHEN unique_violation THEN
        RETURN 'duplicate';
    END;
    INSERT INTO messages (tenant_id, id, thread_id, run_id, role, content, created_at)
    VALUES (p_tenant, p_message, p_thread, p_run, 'user', p_text, p_now);
    PERFORM procrastinate.enqueue_run(p_run, p_thread);
    RETURN 'admitted';
END
$$;

-- Takes a run that has not ended: from here on every earlier claim on it is void. No row where there is nothing to take.
CREATE FUNCTION claim_run(p_tenant text, p_run text, p_owner text, p_now timestamptz)
RETURNS TABLE (
    user_id text, thread_id text, request_id text, connection_id text, permissions text[], question text,
    fence integer, epoch integer, last_seq integer, started_at timestamptz, cancel_requested boolean
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('agent_backend.tenant', p_tenant, true);
    RETURN QUERY
    UPDATE runs AS r SET state = 'running', fence = r.fence + 1, owner = p_owner,
        started_at = coalesce(r.started_at, p_now)
    WHERE r.id = p_run AND r.state IN ('queued', 'running')
    RETURNING r.user_id, r.thread_id, r.request_id, r.connection_id, r.permissions,
        (SELECT m.content FROM messages m WHERE m.thread_id = r.thread_id AND m.run_id = r.id AND m.role = 'user'),
        r.fence, r.epoch, r.last_seq, r.started_at, r.cancel_requested;
END
$$;

-- Writes one event under a claim and returns its number; no row where the claim is void or the run has ended.
CREATE FUNCTION log_event(
    p_tenant text, p_run text, p_fence integer, p_type text, p_timestamp timestamptz, p_agent text, p_payload jsonb
) RETURNS TABLE (seq integer, cancel_requested boolean) LANGUAGE plpgsql AS $$
DECLARE
    held runs;
BEGIN
    PERFORM set_config('agent_backend.tenant', p_tenant, true);
    UPDATE runs SET last_seq = last_seq + 1 WHERE id = p_run AND fence = p_fence AND state = 'running'
    RETURNING * INTO held;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO run_events (tenant_id, run_id, seq, thread_id, epoch, type, "timestamp", agent_name, payload)
    VALUES (p_tenant, p_run, held.last_seq, held.thread_id, held.epoch, p_type, p_timestamp, p_agent, p_payload);
    RETURN QUERY SELECT held.last_seq, held.cancel_requested;
END
$$;

-- Stores what a step came to, under a claim; no row where the claim is void.
CREATE FUNCTION log_step(
    p_tenant text, p_run text, p_fence integer, p_name text, p_position integer, p_agent text, p_inputs jsonb,
    p_result jsonb, p_failure text, p_now timestamptz
) RETURNS TABLE (cancel_requested boolean) LANGUAGE plpgsql AS $$
DECLARE
    held runs;
BEGIN
    PERFORM set_config('agent_backend.tenant', p_tenant, true);
    SELECT * INTO held FROM runs WHERE id = p_run AND fence = p_fence AND state = 'running' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO run_steps (tenant_id, run_id, name, position, agent, inputs, result, failure, fence, finished_at)
    VALUES (p_tenant, p_run, p_name, p_position, p_agent, p_inputs, p_result, p_failure, p_fence, p_now);
    RETURN QUERY SELECT held.cancel_requested;
END
$$;

-- Ends a run with its last event, and with the answer where there is one; no row where the claim is void.
CREATE FUNCTION end_run(
    p_tenant text, p_run text, p_fence integer, p_state text, p_type text, p_timestamp timestamptz, p_agent text,
    p_payload jsonb, p_message text, p_content text, p_data jsonb
) RETURNS TABLE (seq integer) LANGUAGE plpgsql AS $$
DECLARE
    held runs;
BEGIN
    PERFORM set_config('agent_backend.tenant', p_tenant, true);
    UPDATE runs SET state = p_state, finished_at = p_timestamp, last_seq = last_seq + 1
    WHERE id = p_run AND fence = p_fence AND state = 'running'
    RETURNING * INTO held;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO run_events (tenant_id, run_id, seq, thread_id, epoch, type, "timestamp", agent_name, payload)
    VALUES (p_tenant, p_run, held.last_seq, held.thread_id, held.epoch, p_type, p_timestamp, p_agent, p_payload);
    IF p_message IS NOT NULL THEN
        INSERT INTO messages (tenant_id, id, thread_id, run_id, role, content, data, created_at)
        VALUES (p_tenant, p_message, held.thread_id, p_run, 'assistant', p_content, p_data, p_timestamp);
    END IF;
    RETURN QUERY SELECT held.last_seq;
END
$$;

-- Ends a run that still waits, or asks the instance that works on one to end it; no row where there is nothing to end.
CREATE FUNCTION cancel_run(
    p_tenant text, p_user text, p_run text, p_type text, p_timestamp timestamptz, p_agent text, p_payload jsonb
) RETURNS TABLE (outcome text, seq integer, thread_id text, epoch integer) LANGUAGE plpgsql AS $$
DECLARE
    held runs;
BEGIN
    PERFORM set_config('agent_backend.tenant', p_tenant, true);
    SELECT * INTO held FROM runs r
    WHERE r.id = p_run AND r.user_id = p_user AND r.state IN ('queued', 'running') FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF held.state = 'running' THEN
        UPDATE runs SET cancel_requested = true WHERE id = p_run;
        RETURN QUERY SELECT 'requested', held.last_seq, held.thread_id, held.epoch;
        RETURN;
    END IF;
    UPDATE runs SET state = 'cancelled', finished_at = p_timestamp, last_seq = last_seq + 1 WHERE id = p_run;
    INSERT INTO run_events (tenant_id, run_id, seq, thread_id, epoch, type, "timestamp", agent_name, payload)
    VALUES (p_tenant, p_run, held.last_seq + 1, held.thread_id, held.epoch, p_type, p_timestamp, p_agent, p_payload);
    RETURN QUERY SELECT 'ended', held.last_seq + 1, held.thread_id, held.epoch;
END
$$;

-- The events of a run after a number, for its owner.
CREATE FUNCTION read_events(p_tenant text, p_user text, p_run text, p_after integer, p_limit integer)
RETURNS TABLE (
    type text, run_id text, thread_id text, seq integer, epoch integer, at timestamptz, agent_name text, payload text
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('agent_backend.tenant', p_tenant, true);
    RETURN QUERY
    SELECT e.type, e.run_id, e.thread_id, e.seq, e.epoch, e."timestamp", e.agent_name, e.payload::text
    FROM run_events e JOIN runs r ON r.tenant_id = e.tenant_id AND r.id = e.run_id
    WHERE e.run_id = p_run AND r.user_id = p_user AND e.seq > p_after ORDER BY e.seq LIMIT p_limit;
END
$$;

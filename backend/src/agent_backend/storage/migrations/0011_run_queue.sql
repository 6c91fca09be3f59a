-- The queue of runs is procrastinate's, in a schema of its own; its tables are made by the package itself, after this file.
-- They know no tenants, so nobody who works for one may read them: the service puts runs in by enqueue_run, which takes the
-- tenant from the transaction, and takes them out as agent_backend_queue, a role that can read nothing else.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'agent_backend_queue') THEN
        CREATE ROLE agent_backend_queue NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    IF NOT pg_has_role(CURRENT_USER, 'agent_backend_queue', 'SET') THEN
        EXECUTE format('GRANT agent_backend_queue TO %I', CURRENT_USER);
    END IF;
END
$$;

CREATE SCHEMA procrastinate;
GRANT USAGE ON SCHEMA procrastinate TO agent_backend_app, agent_backend_queue;
ALTER DEFAULT PRIVILEGES IN SCHEMA procrastinate
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO agent_backend_queue;
ALTER DEFAULT PRIVILEGES IN SCHEMA procrastinate GRANT USAGE ON SEQUENCES TO agent_backend_queue;

-- One run of a thread at a time is procrastinate's `lock`; one job per run is its `queueing_lock`.
CREATE FUNCTION procrastinate.enqueue_run(p_run text, p_thread text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = procrastinate, pg_temp AS $$
BEGIN
    IF public.current_tenant() IS NULL THEN
        RAISE EXCEPTION 'a run is put into the queue within the transaction of its tenant';
    END IF;
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        'runs', 'run', 0, public.current_tenant() || ' ' || p_thread, p_run,
        jsonb_build_object('tenant_id', public.current_tenant(), 'run_id', p_run), NULL
    )::procrastinate_job_to_defer_v1]);
END
$$;
REVOKE ALL ON FUNCTION procrastinate.enqueue_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION procrastinate.enqueue_run TO agent_backend_app;

-- Puts a job that is being worked on back into the queue, and tells the workers, which procrastinate does for new jobs only.
-- Nothing happens when it is not this worker's any more.
CREATE FUNCTION procrastinate.requeue_run(p_job bigint, p_worker bigint, p_after interval) RETURNS void
LANGUAGE plpgsql SET search_path = procrastinate, pg_temp AS $$
BEGIN
    PERFORM FROM procrastinate_jobs
    WHERE id = p_job AND status = 'doing' AND worker_id IS NOT DISTINCT FROM p_worker FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM procrastinate_retry_job_v2(p_job, now() + p_after, NULL, NULL, NULL);
    PERFORM pg_notify('procrastinate_queue_v1#runs', json_build_object('type', 'job_inserted', 'job_id', p_job)::text);
END
$$;

-- Puts back the jobs of workers that give no sign of life; returns how many. Two instances that try at once share them.
CREATE FUNCTION procrastinate.rescue_runs(p_silent interval) RETURNS integer
LANGUAGE plpgsql SET search_path = procrastinate, pg_temp AS $$
DECLARE
    stalled record;
    rescued integer := 0;
BEGIN
    FOR stalled IN
        SELECT job.id, job.worker_id FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
        WHERE job.status = 'doing' AND (worker.id IS NULL OR worker.last_heartbeat < now() - p_silent)
        ORDER BY job.id FOR UPDATE OF job SKIP LOCKED
    LOOP
        PERFORM procrastinate.requeue_run(stalled.id, stalled.worker_id, interval '0');
        rescued := rescued + 1;
    END LOOP;
    DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - p_silent;
    RETURN rescued;
END
$$;

REVOKE ALL ON FUNCTION procrastinate.requeue_run, procrastinate.rescue_runs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION procrastinate.requeue_run, procrastinate.rescue_runs TO agent_backend_queue;

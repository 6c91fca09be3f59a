-- Every table belongs to a tenant. The service works as agent_backend_app, a role that owns nothing and cannot bypass row
-- level security, and names its tenant inside each transaction; FORCE binds the owner of the tables as well.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'agent_backend_app') THEN
        CREATE ROLE agent_backend_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION
    -- Roles belong to the whole server: the migration of another of its databases may make this one at the same moment.
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    IF NOT pg_has_role(CURRENT_USER, 'agent_backend_app', 'SET') THEN
        EXECUTE format('GRANT agent_backend_app TO %I', CURRENT_USER);
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO agent_backend_app;

-- NULL where no tenant is set, so that every comparison with it is false.
CREATE FUNCTION current_tenant() RETURNS text LANGUAGE sql STABLE
    RETURN nullif(current_setting('agent_backend.tenant', true), '');

CREATE TABLE tenants (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    tenant_id text NOT NULL REFERENCES tenants (id),
    id text NOT NULL,
    email text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
);

-- Foreign keys look past row level security, so each carries the tenant: a row cannot point into another tenant.
CREATE TABLE threads (
    tenant_id text NOT NULL,
    id text NOT NULL,
    user_id text NOT NULL,
    title text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX threads_of_user ON threads (tenant_id, user_id, id DESC);

CREATE TABLE runs (
    tenant_id text NOT NULL,
    id text NOT NULL,
    thread_id text NOT NULL,
    user_id text NOT NULL,
    client_message_id text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'completed', 'failed')),
    epoch integer NOT NULL DEFAULT 1,
    last_seq integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id, client_message_id),
    FOREIGN KEY (tenant_id, thread_id) REFERENCES threads (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);

CREATE TABLE run_events (
    tenant_id text NOT NULL,
    run_id text NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    thread_id text NOT NULL,
    epoch integer NOT NULL,
    type text NOT NULL,
    "timestamp" timestamptz NOT NULL,
    agent_name text,
    payload jsonb NOT NULL,
    PRIMARY KEY (tenant_id, run_id, seq),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id)
);

CREATE TABLE messages (
    tenant_id text NOT NULL,
    id text NOT NULL,
    thread_id text NOT NULL,
    run_id text NOT NULL,
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    content text NOT NULL,
    data jsonb,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, thread_id) REFERENCES threads (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id)
);
CREATE INDEX messages_of_thread ON messages (tenant_id, thread_id, id);

CREATE TABLE usage_records (
    tenant_id text NOT NULL REFERENCES tenants (id),
    id text NOT NULL,
    occurred_at timestamptz NOT NULL,
    team text NOT NULL,
    model text NOT NULL,
    prompt_tokens bigint NOT NULL CHECK (prompt_tokens >= 0),
    completion_tokens bigint NOT NULL CHECK (completion_tokens >= 0),
    latency_ms bigint NOT NULL CHECK (latency_ms >= 0),
    cost numeric(18, 9) NOT NULL CHECK (cost >= 0),
    cache_hit boolean NOT NULL,
    error text,
    PRIMARY KEY (tenant_id, id)
);

-- Logging in begins with a tenant's name: naming it shows that one row, and nothing lists the others.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON tenants
    USING (id = current_tenant() OR name = nullif(current_setting('agent_backend.tenant_name', true), ''))
    WITH CHECK (id = current_tenant());

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['users', 'threads', 'runs', 'run_events', 'messages', 'usage_records'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_id = current_tenant())', name);
    END LOOP;
END
$$;

GRANT SELECT ON schema_migrations TO agent_backend_app;
GRANT SELECT, INSERT ON tenants, users, threads, run_events, messages, usage_records TO agent_backend_app;
GRANT SELECT, INSERT, UPDATE ON runs TO agent_backend_app;

-- A session is a login: tokens and tickets speak for it, its end is the end of all of them. Roles are kept with the account,
-- so that a change of role holds from the next request on.

ALTER TABLE users ADD COLUMN role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin', 'operator'));

-- Whoever founded a tenant is its first user. The owner of the table is bound by FORCE as well, so it is lifted meanwhile;
-- ALTER TABLE holds its lock to the end of the migration, nobody sees the table without it.
ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
UPDATE users SET role = 'admin'
WHERE (tenant_id, id) IN (SELECT tenant_id, min(id) FROM users GROUP BY tenant_id);
ALTER TABLE users FORCE ROW LEVEL SECURITY;

CREATE TABLE sessions (
    tenant_id text NOT NULL,
    id text NOT NULL,
    user_id text NOT NULL,
    refresh_token_id text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX live_sessions_of_user ON sessions (tenant_id, user_id) WHERE ended_at IS NULL;

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sessions USING (tenant_id = current_tenant());

GRANT SELECT, INSERT, UPDATE ON sessions TO agent_backend_app;

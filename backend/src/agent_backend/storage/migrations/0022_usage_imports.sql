-- How far each file was imported: an import that was cut off goes on where it stopped, and no line of it is stored twice.
CREATE TABLE usage_imports (
    tenant_id text NOT NULL,
    id text NOT NULL,
    user_id text NOT NULL,
    lines integer NOT NULL DEFAULT 0,
    stored integer NOT NULL DEFAULT 0,
    broken integer NOT NULL DEFAULT 0,
    finished boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);

ALTER TABLE usage_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_imports FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON usage_imports USING (tenant_id = current_tenant());

GRANT SELECT, INSERT, UPDATE ON usage_imports TO agent_backend_app;

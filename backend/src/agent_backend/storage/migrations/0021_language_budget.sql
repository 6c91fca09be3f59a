-- What each tenant has spent on prose by a model, per day: counted here, so that all instances count together.
CREATE TABLE language_budget (
    tenant_id text NOT NULL REFERENCES tenants (id),
    day date NOT NULL,
    tokens bigint NOT NULL CHECK (tokens >= 0),
    PRIMARY KEY (tenant_id, day)
);

ALTER TABLE language_budget ENABLE ROW LEVEL SECURITY;
ALTER TABLE language_budget FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON language_budget USING (tenant_id = current_tenant());

GRANT SELECT, INSERT, UPDATE ON language_budget TO agent_backend_app;

-- Two tabs of one page may refresh at the same moment: the token that was just replaced is remembered, with the time.
ALTER TABLE sessions ADD COLUMN replaced_refresh_token_id text;
ALTER TABLE sessions ADD COLUMN refreshed_at timestamptz;

-- In place of find_session, which stays for instances of the version before while they are replaced.
CREATE FUNCTION session_of(p_tenant text, p_session text)
RETURNS TABLE (
    tenant_id text, session_id text, user_id text, role text, refresh_token_id text,
    created_at timestamptz, expires_at timestamptz, ended_at timestamptz,
    replaced_refresh_token_id text, refreshed_at timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('agent_backend.tenant', p_tenant, true);
    RETURN QUERY
    SELECT s.tenant_id, s.id, s.user_id, u.role, s.refresh_token_id, s.created_at, s.expires_at, s.ended_at,
        s.replaced_refresh_token_id, s.refreshed_at
    FROM sessions s JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id WHERE s.id = p_session;
END
$$;

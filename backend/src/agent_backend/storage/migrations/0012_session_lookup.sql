-- Every socket that opens asks for its session: one round trip instead of four.
CREATE FUNCTION find_session(p_tenant text, p_session text)
RETURNS TABLE (
    tenant_id text, session_id text, user_id text, role text, refresh_token_id text,
    created_at timestamptz, expires_at timestamptz, ended_at timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('agent_backend.tenant', p_tenant, true);
    RETURN QUERY
    SELECT s.tenant_id, s.id, s.user_id, u.role, s.refresh_token_id, s.created_at, s.expires_at, s.ended_at
    FROM sessions s JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id WHERE s.id = p_session;
END
$$;

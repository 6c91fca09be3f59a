-- Repeats and retries show only where prompts can be told apart; a fingerprint tells them apart without keeping them.
ALTER TABLE usage_records ADD COLUMN prompt_fingerprint text;

-- Every question of the analysis reads one tenant's calls of one team to one model, in the order of time.
CREATE INDEX usage_of_team_and_model ON usage_records (tenant_id, team, model, occurred_at);

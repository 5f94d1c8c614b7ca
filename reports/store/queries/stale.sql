-- suppressions that hid nothing in the latest whole run
WITH whole AS (SELECT max(run_id) run_id FROM run
	WHERE kind = 'static' AND scope = 'full' AND status = 'ok')
SELECT s.kind, s.target, s.where_path || ':' || s.where_line AS at, s.reason, s.expires_at,
	(SELECT f.fp FROM findings f WHERE f.rule = 'stale-suppression' AND f.file = s.where_path
		AND f.line = s.where_line) finding
FROM whole JOIN run_suppression h USING(run_id) JOIN suppression s USING(suppression_id)
WHERE h.hits = 0 AND (s.kind = 'baseline' OR EXISTS(SELECT 1 FROM run_rule r
	WHERE r.run_id = h.run_id AND r.rule_id GLOB s.target))
ORDER BY s.kind, at, s.target

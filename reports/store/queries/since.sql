-- open findings that the newest run of a commit or label did not have
-- :commit a commit, its first digits, or the label of a run
WITH base AS (
	SELECT run_id FROM run WHERE kind = 'static' AND (label = CAST(:commit AS TEXT)
		OR substr(vcs_commit, 1, length(:commit)) = CAST(:commit AS TEXT))
	ORDER BY run_id DESC LIMIT 1)
SELECT o.fp, o.rule, o.level, o.confidence, o.file || ':' || o.line AS at, o.message,
	iif(NOT EXISTS(SELECT 1 FROM run_rule x WHERE x.run_id = b.run_id AND x.rule_id = o.rule),
		'its rule was off then', NULL) AS but
FROM base b CROSS JOIN open_findings o
WHERE NOT EXISTS(SELECT 1 FROM occurrence x WHERE x.run_id = b.run_id AND x.finding_id = o.id)
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, 'no run of ' || :commit || ' is stored', NULL
WHERE NOT EXISTS(SELECT 1 FROM base)
ORDER BY but, at

-- rules by precision as people reviewed them, beside what the rule says of itself
SELECT r.rule_id rule, r.precision AS says, count(*) reviewed,
	sum(c.status = 'false-positive') false_positives,
	round(100.0 * sum(c.status <> 'false-positive') / count(*), 1) percent_true,
	sum(EXISTS(SELECT 1 FROM evidence e WHERE e.finding_id = f.finding_id
		AND e.verdict = 'confirmed')) confirmed_by_runs,
	sum(EXISTS(SELECT 1 FROM evidence e WHERE e.finding_id = f.finding_id
		AND e.verdict = 'fast')) fast_in_runs
FROM current_review c JOIN finding f USING(finding_id) JOIN rule r USING(rule_id)
WHERE c.status <> 'unreviewed' GROUP BY r.rule_id ORDER BY percent_true, rule

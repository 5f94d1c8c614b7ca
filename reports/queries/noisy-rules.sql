-- share of false positives among the reviewed findings of a rule
SELECT f.rule_id rule, count(*) reviewed, sum(c.status = 'false-positive') false_positive,
	round(100.0 * sum(c.status = 'false-positive') / count(*), 1) percent
FROM current_review c JOIN finding f USING(finding_id) WHERE c.status <> 'unreviewed'
GROUP BY rule ORDER BY percent DESC, rule

-- what changed from run a to run b: introduced, moved, fixed, unknown
-- :a run_id of the older run
-- :b run_id of the newer run
--
-- What `contlint diff` and the gate of `contlint check` ask too.
--
-- The absence rule: what one of the two runs has and the other has not is introduced or fixed only
-- if the other one could have seen it, that is, its rule was on and its code was analysed there, or
-- in an earlier run of that series, from which what was there has been carried over. Else it is
-- unknown. What went and what came with the same loose fingerprint has moved, one for one.
WITH
side(run_id, other_id) AS (VALUES(:a, :b), (:b, :a)),
hidden AS MATERIALIZED (
	SELECT DISTINCT run_id, finding_id FROM occurrence_suppression WHERE run_id IN (:a, :b)),
-- Read once, not once for each finding.
analysed AS MATERIALIZED (
	SELECT DISTINCT x.run_id, u.file_id FROM run_unit x JOIN unit u USING(unit_id)
	WHERE x.run_id IN (:a, :b) AND x.status IN ('ok', 'cached', 'parse-error')),
switched_on AS MATERIALIZED (SELECT run_id, rule_id FROM run_rule WHERE run_id IN (:a, :b)),
-- In one run and not in the other, as far as nothing hides it.
alone AS MATERIALIZED (
	SELECT s.run_id, o.finding_id, o.variant_id, f.fp_loose, CASE
		WHEN carried AND s.run_id = :b THEN 'its code was not analysed in run ' || s.run_id
		WHEN (other_id, f.rule_id) NOT IN (SELECT * FROM switched_on)
		THEN 'its rule was off in run ' || other_id
		WHEN (other_id, v.unit_file_id) IN (SELECT * FROM analysed) THEN NULL
		WHEN EXISTS(SELECT 1 FROM run r CROSS JOIN run e ON e.series = r.series
				AND e.kind = 'static' AND e.seq < r.seq
			CROSS JOIN unit u ON u.file_id = v.unit_file_id
			CROSS JOIN run_unit x ON x.unit_id = u.unit_id AND x.run_id = e.run_id
			WHERE r.run_id = other_id
			AND x.status IN ('ok', 'cached', 'parse-error')) THEN NULL
		WHEN EXISTS(SELECT 1 FROM unit u JOIN run_unit x USING(unit_id)
			WHERE u.file_id = v.unit_file_id AND x.run_id = other_id)
		OR (SELECT scope = 'partial' FROM run r WHERE r.run_id = other_id)
		THEN 'its code was not analysed in run ' || other_id END why
	FROM side s CROSS JOIN occurrence o ON o.run_id = s.run_id
	CROSS JOIN finding f USING(finding_id) CROSS JOIN variant v USING(variant_id)
	WHERE NOT EXISTS(SELECT 1 FROM occurrence x
		WHERE x.finding_id = o.finding_id AND x.run_id = s.other_id)
	AND (s.run_id, o.finding_id) NOT IN (SELECT * FROM hidden)),
-- Most have a loose fingerprint of their own: the index says so faster than sorting them would.
shared AS MATERIALIZED (
	SELECT fp_loose FROM alone l WHERE +run_id = :a AND why IS NULL AND EXISTS(SELECT 1
		FROM finding g WHERE g.fp_loose = l.fp_loose AND g.finding_id <> l.finding_id)),
numbered AS (
	SELECT *, row_number() OVER (PARTITION BY run_id, fp_loose ORDER BY finding_id) k
	FROM alone WHERE why IS NULL AND fp_loose IN (SELECT fp_loose FROM shared)),
pair AS MATERIALIZED (
	SELECT max(iif(run_id = :b, finding_id, NULL)) finding_id,
		max(iif(run_id = :b, variant_id, NULL)) variant_id,
		max(iif(run_id = :a, finding_id, NULL)) old_id,
		max(iif(run_id = :a, variant_id, NULL)) old_variant_id
	FROM numbered GROUP BY fp_loose, k HAVING count(*) = 2),
change(change, finding_id, variant_id, old_id, old_variant_id, why) AS (
	SELECT 'moved', finding_id, variant_id, old_id, old_variant_id, NULL FROM pair
	UNION ALL
	SELECT iif(why IS NULL, iif(run_id = :b, 'introduced', 'fixed'), 'unknown'),
		finding_id, variant_id, finding_id, variant_id, why FROM alone
	WHERE finding_id NOT IN (SELECT finding_id FROM pair)
	AND finding_id NOT IN (SELECT old_id FROM pair)
	UNION ALL
	-- In both runs, and something else is different.
	SELECT iif(h.run_id = :a, 'unsuppressed', 'suppressed'), n.finding_id, n.variant_id,
		n.finding_id, o.variant_id, NULL
	FROM hidden h CROSS JOIN occurrence n ON n.run_id = :b AND n.finding_id = h.finding_id
	CROSS JOIN occurrence o ON o.run_id = :a AND o.finding_id = h.finding_id
	WHERE (iif(h.run_id = :a, :b, :a), h.finding_id) NOT IN (SELECT * FROM hidden)
	UNION ALL
	SELECT 'unknown', n.finding_id, n.variant_id, n.finding_id, o.variant_id,
		'its code was not analysed in run ' || :b
	FROM occurrence n CROSS JOIN occurrence o ON o.run_id = :a AND o.finding_id = n.finding_id
	WHERE n.run_id = :b AND n.carried
	AND (:a, n.finding_id) NOT IN (SELECT * FROM hidden)
	AND (:b, n.finding_id) NOT IN (SELECT * FROM hidden))
SELECT c.change, substr(f.fp, 4, 12) fp, f.rule_id rule, v.level, v.confidence, fl.path file,
	v.line, v.col, v.message, c.why,
	iif(c.change = 'moved', (SELECT ol.path || ':' || ov.line
		FROM variant ov JOIN file ol USING(file_id)
		WHERE ov.variant_id = c.old_variant_id), NULL) was_at,
	f.fp fingerprint, c.finding_id id, c.old_id
FROM change c CROSS JOIN finding f USING(finding_id) CROSS JOIN variant v USING(variant_id)
CROSS JOIN file fl USING(file_id)
ORDER BY instr('introduced unsuppressed moved unknown fixed suppressed', c.change), fl.path,
	v.line, v.col, f.rule_id, f.fp

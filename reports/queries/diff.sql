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
-- In one run and not in the other, as far as nothing hides it.
alone AS MATERIALIZED (
	SELECT s.run_id, s.other_id, o.finding_id, o.variant_id, o.carried, f.fp_loose, f.rule_id,
		v.unit_file_id
	FROM side s CROSS JOIN occurrence o ON o.run_id = s.run_id
	CROSS JOIN finding f USING(finding_id) CROSS JOIN variant v USING(variant_id)
	WHERE NOT EXISTS(SELECT 1 FROM occurrence x
		WHERE x.finding_id = o.finding_id AND x.run_id = s.other_id)
	AND NOT EXISTS(SELECT 1 FROM occurrence_suppression x
		WHERE x.run_id = s.run_id AND x.finding_id = o.finding_id)),
reasoned AS (
	SELECT l.*, CASE
		WHEN carried AND run_id = :b THEN 'its code was not analysed in run ' || run_id
		WHEN NOT EXISTS(SELECT 1 FROM run_rule x
			WHERE x.run_id = l.other_id AND x.rule_id = l.rule_id)
		THEN 'its rule was off in run ' || other_id
		WHEN EXISTS(SELECT 1 FROM unit u CROSS JOIN run_unit x USING(unit_id)
			WHERE u.file_id = l.unit_file_id AND x.run_id = l.other_id
			AND x.status IN ('ok', 'cached', 'parse-error')) THEN NULL
		WHEN EXISTS(SELECT 1 FROM run r CROSS JOIN run e ON e.series = r.series
				AND e.kind = 'static' AND e.seq < r.seq
			CROSS JOIN unit u ON u.file_id = l.unit_file_id
			CROSS JOIN run_unit x ON x.unit_id = u.unit_id AND x.run_id = e.run_id
			WHERE r.run_id = l.other_id
			AND x.status IN ('ok', 'cached', 'parse-error')) THEN NULL
		WHEN EXISTS(SELECT 1 FROM unit u JOIN run_unit x USING(unit_id)
			WHERE u.file_id = l.unit_file_id AND x.run_id = l.other_id)
		OR (SELECT scope = 'partial' FROM run r WHERE r.run_id = l.other_id)
		THEN 'its code was not analysed in run ' || other_id END why
	FROM alone l),
numbered AS MATERIALIZED (
	SELECT *, row_number() OVER (PARTITION BY run_id, fp_loose, why IS NULL
		ORDER BY finding_id) k FROM reasoned),
pair AS MATERIALIZED (
	SELECT max(iif(run_id = :b, finding_id, NULL)) finding_id,
		max(iif(run_id = :b, variant_id, NULL)) variant_id,
		max(iif(run_id = :a, finding_id, NULL)) old_id,
		max(iif(run_id = :a, variant_id, NULL)) old_variant_id
	FROM numbered WHERE why IS NULL GROUP BY fp_loose, k HAVING count(*) = 2),
-- In both runs, and something else is different.
same AS MATERIALIZED (
	SELECT n.finding_id, n.variant_id, n.carried, o.variant_id old_variant_id,
		EXISTS(SELECT 1 FROM occurrence_suppression x
			WHERE x.run_id = :a AND x.finding_id = n.finding_id) was_hidden,
		EXISTS(SELECT 1 FROM occurrence_suppression x
			WHERE x.run_id = :b AND x.finding_id = n.finding_id) is_hidden
	FROM occurrence n CROSS JOIN occurrence o
	ON o.finding_id = n.finding_id AND o.run_id = :a WHERE n.run_id = :b),
change(change, finding_id, variant_id, old_id, old_variant_id, why) AS (
	SELECT 'moved', finding_id, variant_id, old_id, old_variant_id, NULL FROM pair
	UNION ALL
	SELECT iif(why IS NULL, iif(run_id = :b, 'introduced', 'fixed'), 'unknown'),
		finding_id, variant_id, finding_id, variant_id, why FROM numbered
	WHERE finding_id NOT IN (SELECT finding_id FROM pair)
	AND finding_id NOT IN (SELECT old_id FROM pair)
	UNION ALL
	SELECT CASE WHEN was_hidden THEN 'unsuppressed' WHEN is_hidden THEN 'suppressed'
		ELSE 'unknown' END, finding_id, variant_id, finding_id, old_variant_id,
		CASE WHEN NOT was_hidden AND NOT is_hidden
			THEN 'its code was not analysed in run ' || :b END
	FROM same WHERE was_hidden <> is_hidden OR carried AND NOT is_hidden)
SELECT c.change, substr(f.fp, 4, 12) fp, f.rule_id rule, v.level, v.confidence, fl.path file,
	v.line, v.col, v.message, c.why,
	iif(c.change = 'moved', ol.path || ':' || ov.line, NULL) was_at, f.fp fingerprint,
	c.finding_id id, c.old_id
FROM change c CROSS JOIN finding f USING(finding_id) JOIN variant v USING(variant_id)
JOIN file fl ON fl.file_id = v.file_id
JOIN variant ov ON ov.variant_id = c.old_variant_id JOIN file ol ON ol.file_id = ov.file_id
ORDER BY instr('introduced unsuppressed moved unknown fixed suppressed', c.change), fl.path,
	v.line, v.col, f.rule_id, f.fp

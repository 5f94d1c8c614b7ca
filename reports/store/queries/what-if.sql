-- which open findings would go if a function no longer ran on an I/O thread
-- :function its name, or that of a sink
WITH RECURSIVE moved AS MATERIALIZED (SELECT function_id FROM function WHERE name = :function),
concerned AS MATERIALIZED (
	SELECT o.*, v.root_id, v.function_id FROM open_findings o JOIN variant v USING(variant_id)
	WHERE o.sink = :function OR EXISTS(SELECT 1 FROM path_step s WHERE s.variant_id = o.variant_id
		AND s.kind <> 'register' AND s.function_id IN (SELECT function_id FROM moved))),
-- What their continuations still come to without it.
reached(root_id, function_id) AS (
	SELECT root_id, root_id FROM concerned
	WHERE root_id NOT IN (SELECT function_id FROM moved)
	UNION
	SELECT r.root_id, e.callee_id FROM reached r CROSS JOIN call_edge e
	ON e.caller_id = r.function_id
	WHERE e.callee_id NOT IN (SELECT function_id FROM moved))
SELECT iif(c.sink <> :function AND (c.root_id, c.function_id) IN (SELECT * FROM reached),
		'stays: reached another way', 'goes') outcome,
	c.fp, c.rule, c.confidence, c.evidence, c.callback, c.sink, c.file || ':' || c.line AS at
FROM concerned c ORDER BY outcome, c.score DESC, at, c.callback

-- what to hand to a worker: functions between continuations and sinks, most confirmed findings first
-- :limit=20 how many
WITH way AS (
	SELECT DISTINCT o.id, o.callback, o.sink, o.evidence, o.max_ms, s.function_id
	FROM open_findings o JOIN variant v USING(variant_id) JOIN path_step s USING(variant_id)
	WHERE s.kind <> 'register' AND s.function_id <> v.root_id),
candidate AS (
	SELECT f.name || '()' what, fl.path || ':' || d.line AS at, w.*
	FROM way w JOIN function f USING(function_id)
	LEFT JOIN definition d USING(function_id) LEFT JOIN file fl USING(file_id)
	UNION ALL
	SELECT o.sink || ' in ' || o.callback || '()', o.file || ':' || o.line, o.id, o.callback, o.sink,
		o.evidence, o.max_ms, NULL
	FROM open_findings o WHERE o.id NOT IN (SELECT id FROM way))
SELECT what, at, count(*) findings, sum(evidence = 'confirmed') confirmed,
	count(DISTINCT callback) continuations, max(max_ms) max_ms, group_concat(DISTINCT sink) sinks
FROM candidate GROUP BY what, at
ORDER BY confirmed DESC, findings DESC, max_ms DESC, what LIMIT :limit

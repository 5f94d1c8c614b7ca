-- continuations by the longest hold that any run measured, and the open findings in them
-- :limit=20 how many
SELECT f.name continuation, fl.path || ':' || d.line AS at, t.context, sum(t.calls) calls,
	max(t.max_ns) / 1e6 max_ms, max(t.p99_ns) / 1e6 p99_ms, sum(t.overruns) overruns,
	coalesce(o.findings, 0) findings, o.sinks
FROM trace_function t JOIN function f USING(function_id)
LEFT JOIN definition d USING(function_id) LEFT JOIN file fl USING(file_id)
LEFT JOIN (SELECT v.root_id, count(*) findings, group_concat(DISTINCT sink) sinks
	FROM open_findings JOIN variant v USING(variant_id) GROUP BY v.root_id) o
	ON o.root_id = t.function_id AND t.context = 'io'
GROUP BY t.function_id, t.context ORDER BY max_ms DESC, continuation LIMIT :limit

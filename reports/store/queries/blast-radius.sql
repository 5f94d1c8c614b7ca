-- which continuations a slow function would hold, and what they are known for
-- :function its name, also of one without a body
WITH RECURSIVE above(function_id) AS (
	SELECT function_id FROM function WHERE name = :function
	UNION
	SELECT e.caller_id FROM above a JOIN call_edge e ON e.callee_id = a.function_id)
SELECT c.function continuation, c.context, c.file || ':' || c.line AS at,
	min(c.registered_at) registered_at, t.calls, t.max_ns / 1e6 max_ms,
	coalesce(o.findings, 0) open_findings
FROM callbacks c
LEFT JOIN (SELECT function_id, sum(calls) calls, max(max_ns) max_ns FROM trace_function
	WHERE context = 'io' GROUP BY function_id) t USING(function_id)
LEFT JOIN (SELECT v.root_id, count(*) findings FROM open_findings JOIN variant v USING(variant_id)
	GROUP BY v.root_id) o ON o.root_id = c.function_id
WHERE c.function_id IN (SELECT function_id FROM above)
GROUP BY c.function_id, c.context ORDER BY t.calls DESC, continuation

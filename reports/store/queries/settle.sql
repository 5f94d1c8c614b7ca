-- which instrumented run would settle most of the open findings
WITH unsettled AS (
	SELECT o.id, o.callback, o.sink, o.evidence, v.root_id
	FROM open_findings o JOIN variant v USING(variant_id)
	WHERE o.evidence NOT IN ('confirmed', 'fast')),
executed AS MATERIALIZED (
	SELECT DISTINCT coalesce(workload, 'the same program') workload, function_id
	FROM trace JOIN trace_function USING(trace_id) WHERE context = 'io'),
proposal AS (
	SELECT 'run "' || e.workload || '" again' what, u.*
	FROM unsettled u JOIN executed e ON e.function_id = u.root_id
	WHERE u.evidence IN ('untested', 'stale', 'unclear')
	UNION ALL
	SELECT 'have a run execute ' || callback || '()', u.* FROM unsettled u
	WHERE root_id NOT IN (SELECT function_id FROM executed)
	UNION ALL
	SELECT 'have a run of ' || callback || '() come to ' || sink, u.* FROM unsettled u
	WHERE evidence = 'sink-not-reached'
	UNION ALL
	SELECT 'run with --audit, or have ' || callback || '() come to ' || sink, u.*
	FROM unsettled u WHERE evidence = 'within-budget')
SELECT what, count(*) findings, count(DISTINCT root_id) continuations,
	group_concat(DISTINCT sink) sinks
FROM proposal GROUP BY what ORDER BY findings DESC, continuations DESC, what

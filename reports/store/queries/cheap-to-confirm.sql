-- open findings without a verdict whose continuation runs in a workload that was already traced
SELECT o.fp, o.rule, o.evidence, o.callback, o.sink, o.file || ':' || o.line AS at,
	coalesce(t.workload, 'the same program') workload, sum(e.calls) calls
FROM open_findings o JOIN variant v USING(variant_id)
JOIN trace_function e ON e.function_id = v.root_id AND e.context = 'io' JOIN trace t USING(trace_id)
WHERE o.evidence IN ('untested', 'stale', 'unclear')
GROUP BY o.id, o.series, t.workload ORDER BY calls DESC, o.score DESC, at, workload

-- which continuations have most open findings
SELECT callback, count(*) findings, count(DISTINCT sink) sinks, group_concat(DISTINCT sink) what
FROM open_findings GROUP BY callback ORDER BY findings DESC, callback

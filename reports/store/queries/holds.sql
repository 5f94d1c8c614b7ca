-- how long continuations held their threads in the last instrumented run, and calls past each threshold
SELECT f.name function, context, sum(calls) calls, max(p50_ns) / 1e6 p50_ms,
	max(p99_ns) / 1e6 p99_ms, max(max_ns) / 1e6 max_ms, sum(total_ns) / 1e6 total_ms,
	sum(noted) over_50us, sum(heavy) heavy, sum(blocked) blocked, sum(stalled) stalled
FROM trace_function JOIN trace USING(trace_id) JOIN function f USING(function_id)
WHERE run_id = (SELECT max(run_id) FROM run WHERE kind = 'dynamic')
GROUP BY function_id, context ORDER BY total_ms DESC

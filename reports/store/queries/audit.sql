-- system calls inside continuations, from the last run with --audit
SELECT f.name continuation, c.syscall, c.descriptor, c.at, sum(c.calls) calls,
	sum(c.total_ns) / 1e6 total_ms, max(c.max_ns) / 1e6 max_ms, replace(c.stack, char(10), ' < ') stack
FROM trace_call c JOIN trace USING(trace_id) JOIN function f USING(function_id)
WHERE run_id = (SELECT max(run_id) FROM trace JOIN trace_call USING(trace_id))
GROUP BY c.function_id, c.syscall, c.descriptor, c.at, c.stack
ORDER BY total_ms DESC, c.syscall

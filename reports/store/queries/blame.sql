-- who made others wait in the last instrumented run, and why pools grew
SELECT f.name continuation, sum(calls) calls, sum(blamed_packets) packets_kept_waiting,
	sum(blamed_ns) / 1e6 blamed_ms, sum(growths) threads_made, sum(overruns) overruns,
	max(max_held_ns) / 1e6 max_held_ms, sum(waited_ns) / 1e6 waited_itself_ms
FROM trace_function JOIN trace USING(trace_id) JOIN function f USING(function_id)
WHERE run_id = (SELECT max(run_id) FROM run WHERE kind = 'dynamic') AND context = 'io'
GROUP BY function_id HAVING blamed_ms > 0 OR threads_made > 0 OR overruns > 0
ORDER BY blamed_ms DESC, threads_made DESC, overruns DESC

-- what the last instrumented run saw and no rule said
SELECT fp, callback, sink, file || ':' || line AS at, max_ms, calls, message
FROM dynamic_findings ORDER BY max_ms DESC, at

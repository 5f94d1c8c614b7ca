-- open findings whose sink was seen and was fast: candidates for a review, most calls first
SELECT fp, rule, callback, sink, file || ':' || line AS at, calls, p99_ms, max_ms
FROM open_findings WHERE evidence = 'fast' ORDER BY calls DESC, at

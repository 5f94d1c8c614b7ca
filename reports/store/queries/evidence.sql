-- what runs say of the open findings
SELECT fp, rule, callback, sink, evidence, calls, p50_ms, p99_ms, max_ms, file || ':' || line AS at
FROM open_findings ORDER BY evidence = 'confirmed' DESC, max_ms DESC, at

-- findings that a run confirmed, longest hold first
SELECT fp, rule, callback, sink, file || ':' || line AS at, max_ms, calls
FROM open_findings WHERE evidence = 'confirmed' ORDER BY max_ms DESC

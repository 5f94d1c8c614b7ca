-- open findings of the latest run, surest first
SELECT fp, rule, level, confidence, callback, sink, file || ':' || line AS at, message
FROM open_findings ORDER BY score DESC, file, line

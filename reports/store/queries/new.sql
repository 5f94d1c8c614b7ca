-- findings that the run before the latest did not have
SELECT fp, rule, level, confidence, status, file || ':' || line AS at, message
FROM open_findings WHERE status <> 'unchanged' ORDER BY score DESC, file, line

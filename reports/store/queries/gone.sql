-- findings of the run before that are fixed, moved or whose rule is off
SELECT fp, rule, state, file || ':' || line AS was_at, message
FROM gone_findings ORDER BY state, file, line

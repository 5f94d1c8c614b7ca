-- which sinks are reached by most continuations
SELECT sink, rule, count(DISTINCT callback) callbacks, count(*) findings
FROM open_findings GROUP BY sink, rule ORDER BY callbacks DESC, sink

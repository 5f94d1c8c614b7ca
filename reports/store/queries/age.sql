-- open findings by when they were first seen
SELECT o.fp, o.rule, min(r.started_at) first_seen, count(*) runs, o.file || ':' || o.line AS at
FROM open_findings o CROSS JOIN run r ON r.series = o.series AND r.kind = 'static'
CROSS JOIN occurrence c ON c.run_id = r.run_id AND c.finding_id = o.id
GROUP BY o.id, o.series ORDER BY first_seen, at

-- findings that somebody silenced, and why
SELECT f.fp, f.rule, f.file || ':' || f.line AS at, s.kind, s.reason FROM findings f
JOIN occurrence_suppression x ON x.run_id = f.run_id AND x.finding_id = f.id
JOIN suppression s USING(suppression_id) ORDER BY at

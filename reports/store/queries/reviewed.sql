-- what people said of findings, newest first
SELECT substr(f.fp, 4, 12) fp, f.rule_id rule, f.sink, c.status, c.author, c.at, c.comment
FROM current_review c JOIN finding f USING(finding_id) ORDER BY c.at DESC, fp

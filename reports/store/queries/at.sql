-- open findings whose path goes through a file
-- :file path as in the reports, % for any letters
SELECT DISTINCT o.fp, o.rule, o.confidence, o.file || ':' || o.line AS at, o.message
FROM open_findings o JOIN path_step s USING(variant_id) JOIN file fl ON fl.file_id = s.file_id
WHERE fl.path LIKE :file ORDER BY o.score DESC, at

-- open findings whose path goes through a function
-- :function its name
SELECT DISTINCT o.fp, o.rule, o.confidence, o.evidence, o.callback, o.sink,
	o.file || ':' || o.line AS at
FROM open_findings o JOIN path_step s USING(variant_id) JOIN function f USING(function_id)
WHERE f.name = :function AND s.kind <> 'register' ORDER BY o.score DESC, at, o.callback

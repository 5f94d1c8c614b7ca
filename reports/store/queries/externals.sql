-- external functions that run on an I/O thread, most callers first
-- :limit=50 how many
SELECT b.name function, count(*) callers, min(a.name) for_example FROM call_edge e
JOIN definition d ON d.function_id = e.caller_id JOIN function a ON a.function_id = e.caller_id
JOIN function b ON b.function_id = e.callee_id
WHERE e.kind = 'external' AND ',' || d.contexts || ',' LIKE '%,io,%'
GROUP BY e.callee_id ORDER BY callers DESC, function LIMIT :limit

-- what a function calls
-- :function its name
SELECT callee, kind, at, targets, via FROM calls WHERE caller = :function ORDER BY at, callee

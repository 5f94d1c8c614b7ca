-- who calls a function
-- :function its name
SELECT caller, kind, at, targets, via FROM calls WHERE callee = :function ORDER BY at

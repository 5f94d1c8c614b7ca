-- continuations of I/O threads that no instrumented run has executed
SELECT DISTINCT function, file || ':' || line AS at FROM callbacks c WHERE context = 'io'
AND NOT EXISTS(SELECT 1 FROM trace_function t WHERE t.function_id = c.function_id)
ORDER BY at

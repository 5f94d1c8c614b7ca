-- functions that wait and dispatch
SELECT function, file || ':' || line AS at FROM functions WHERE is_loop ORDER BY at

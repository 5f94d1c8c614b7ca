-- how many open findings each file has
SELECT file, findings, high, new FROM file_stats ORDER BY findings DESC, file

-- units by the time they took
-- :limit=20 how many
SELECT file, status, cpu_ms, wall_ms, peak_kib FROM units ORDER BY cpu_ms DESC, file LIMIT :limit

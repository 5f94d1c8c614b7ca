-- units that were not analysed whole
SELECT file, status, errors, problem FROM units WHERE status NOT IN ('ok', 'cached')
ORDER BY status, file

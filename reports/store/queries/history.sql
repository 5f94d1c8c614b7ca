-- in which runs one finding was there, and where it stood
-- :fp its short fingerprint
SELECT r.run_id run, r.series, r.started_at, r.vcs_commit "commit", CASE WHEN o.run_id IS NULL
	THEN 'not there' WHEN o.carried THEN 'not analysed' ELSE 'there' END state,
	fl.path || ':' || v.line AS at
FROM finding f CROSS JOIN run r LEFT JOIN occurrence o
	ON o.run_id = r.run_id AND o.finding_id = f.finding_id
LEFT JOIN variant v USING(variant_id) LEFT JOIN file fl USING(file_id)
WHERE substr(f.fp, 4, 12) = substr(replace(:fp, 'v1:', ''), 1, 12) AND r.kind = 'static'
ORDER BY r.series, r.seq

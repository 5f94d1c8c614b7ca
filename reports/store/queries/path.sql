-- the steps of one finding
-- :fp its short fingerprint
SELECT p.n, p.kind, p.at, p.function, p.message FROM findings f JOIN path_text p USING(variant_id)
WHERE f.fp = substr(replace(:fp, 'v1:', ''), 1, 12) ORDER BY p.n

-- Makes one run of those in temp.shard(run_id), the parts of one check: what the run over all of
-- their units would have stored. The new run's number is in temp.whole(run_id) then.
--
-- A rule was on if it was on in every part; else its absence would prove more than was looked at.
INSERT INTO run(uuid, kind, series, seq, label, scope, status, started_at, finished_at,
		tool_version, config_hash, models_hash, vcs_commit, vcs_branch, vcs_dirty, root,
		ci_url)
	SELECT lower(hex(randomblob(16))), 'static', min(series),
		(SELECT max(seq) + 1 FROM run m WHERE m.series = min(r.series)
			AND m.kind = 'static'),
		min(label), 'full', iif(max(status = 'incomplete'), 'incomplete', 'ok'),
		min(started_at), max(finished_at), max(tool_version),
		iif(min(config_hash) = max(config_hash), min(config_hash), NULL),
		iif(min(models_hash) = max(models_hash), min(models_hash), NULL),
		iif(min(vcs_commit) = max(vcs_commit), min(vcs_commit), NULL),
		iif(min(vcs_branch) = max(vcs_branch), min(vcs_branch), NULL), max(vcs_dirty),
		iif(min(root) = max(root), min(root), NULL), min(ci_url)
	FROM run r JOIN temp.shard USING(run_id);
DROP TABLE IF EXISTS temp.whole;
CREATE TEMP TABLE whole AS SELECT max(run_id) run_id FROM run;

INSERT INTO run_rule SELECT w.run_id, r.rule_id FROM temp.whole w, run_rule r
	JOIN temp.shard s ON s.run_id = r.run_id GROUP BY r.rule_id
	HAVING count(*) = (SELECT count(*) FROM temp.shard);
INSERT INTO coverage SELECT w.run_id, sum(units), sum(functions), sum(continuations),
		sum(indirect_calls), sum(indirect_resolved), sum(indirect_cut),
		sum(indirect_unresolved), sum(io_indirect_calls), sum(io_indirect_resolved),
		sum(io_indirect_cut), sum(io_indirect_unresolved), sum(ambiguous_names),
		sum(indirect_outside), sum(io_indirect_outside), sum(registrations_unresolved),
		sum(registrations_outside)
	FROM temp.whole w, coverage c JOIN temp.shard s ON s.run_id = c.run_id;
INSERT OR IGNORE INTO run_file SELECT w.run_id, f.file_version_id FROM temp.whole w, run_file f
	JOIN temp.shard s ON s.run_id = f.run_id;
-- The same unit in two parts: the one that was analysed counts.
INSERT OR IGNORE INTO run_unit
	SELECT w.run_id, u.unit_id, status, errors, wall_ms, cpu_ms, peak_kib, problem
	FROM temp.whole w, run_unit u JOIN temp.shard s ON s.run_id = u.run_id
	ORDER BY status NOT IN ('ok', 'cached'), status <> 'parse-error', u.run_id;
-- The same finding in two parts: what was looked at, then the surer, then any but always the same.
INSERT OR IGNORE INTO occurrence(finding_id, run_id, variant_id, carried)
	SELECT o.finding_id, w.run_id, o.variant_id, o.carried
	FROM temp.whole w, occurrence o JOIN temp.shard s ON s.run_id = o.run_id
	JOIN variant v USING(variant_id) ORDER BY o.carried, v.score DESC, v.hash;
-- Carried in one part, and another part has analysed its code without finding it: it is fixed.
DELETE FROM occurrence WHERE run_id = (SELECT run_id FROM temp.whole) AND carried
	AND EXISTS(SELECT 1 FROM variant v JOIN unit u ON u.file_id = v.unit_file_id
		JOIN run_unit x ON x.unit_id = u.unit_id AND x.run_id = occurrence.run_id
		WHERE v.variant_id = occurrence.variant_id
		AND x.status IN ('ok', 'cached', 'parse-error'));
INSERT OR IGNORE INTO occurrence_suppression
	SELECT w.run_id, x.finding_id, x.suppression_id FROM temp.whole w, occurrence_suppression x
	JOIN temp.shard s ON s.run_id = x.run_id
	WHERE EXISTS(SELECT 1 FROM occurrence o WHERE o.run_id = w.run_id
		AND o.finding_id = x.finding_id);
INSERT INTO run_suppression SELECT w.run_id, x.suppression_id, sum(hits)
	FROM temp.whole w, run_suppression x JOIN temp.shard s ON s.run_id = x.run_id
	GROUP BY x.suppression_id;
-- A function in two parts: the part that saw more of what it calls.
INSERT OR IGNORE INTO continuation_cost SELECT w.run_id, c.function_id, degree, cost
	FROM temp.whole w, continuation_cost c JOIN temp.shard s ON s.run_id = c.run_id
	ORDER BY degree DESC, cost;
-- The parts have said what they had to say.
DELETE FROM run WHERE run_id IN (SELECT run_id FROM temp.shard);
UPDATE run SET seq = -run_id;
UPDATE run SET seq = (SELECT count(*) FROM run p WHERE p.series = run.series AND p.kind = run.kind
	AND (p.started_at, p.run_id) <= (run.started_at, run.run_id));

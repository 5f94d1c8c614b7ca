-- Takes every run of the attached database `other` that is not here yet, with all that belongs to
-- it. Rows are found again by what they say (paths, USRs, fingerprints, hashes), never by number, so it
-- does not matter in which order databases are merged, nor how often.
INSERT OR IGNORE INTO rule SELECT * FROM other.rule;
INSERT OR IGNORE INTO file(path) SELECT path FROM other.file ORDER BY file_id;

DROP TABLE IF EXISTS temp.file_of;
CREATE TEMP TABLE file_of(other INTEGER PRIMARY KEY, mine INTEGER NOT NULL);
INSERT INTO temp.file_of
	SELECT o.file_id, m.file_id FROM other.file o JOIN main.file m USING(path);

INSERT OR IGNORE INTO file_version(file_id, content_hash)
	SELECT f.mine, v.content_hash FROM other.file_version v
	JOIN temp.file_of f ON f.other = v.file_id;
INSERT OR IGNORE INTO unit(file_id, command_hash, target)
	SELECT f.mine, u.command_hash, u.target FROM other.unit u
	JOIN temp.file_of f ON f.other = u.file_id;
INSERT OR IGNORE INTO function(usr, name, file_id)
	SELECT o.usr, o.name, f.mine FROM other.function o
	LEFT JOIN temp.file_of f ON f.other = o.file_id;

DROP TABLE IF EXISTS temp.version_of;
CREATE TEMP TABLE version_of(other INTEGER PRIMARY KEY, mine INTEGER NOT NULL);
INSERT INTO temp.version_of
	SELECT o.file_version_id, m.file_version_id FROM other.file_version o
	JOIN temp.file_of f ON f.other = o.file_id
	JOIN main.file_version m ON m.file_id = f.mine AND m.content_hash = o.content_hash;

DROP TABLE IF EXISTS temp.unit_of;
CREATE TEMP TABLE unit_of(other INTEGER PRIMARY KEY, mine INTEGER NOT NULL);
INSERT INTO temp.unit_of
	SELECT o.unit_id, m.unit_id FROM other.unit o
	JOIN temp.file_of f ON f.other = o.file_id
	JOIN main.unit m ON m.file_id = f.mine AND m.command_hash = o.command_hash;

DROP TABLE IF EXISTS temp.function_of;
CREATE TEMP TABLE function_of(other INTEGER PRIMARY KEY, mine INTEGER NOT NULL);
INSERT INTO temp.function_of
	SELECT o.function_id, m.function_id FROM other.function o
	LEFT JOIN temp.file_of f ON f.other = o.file_id
	JOIN main.function m ON m.usr = o.usr AND coalesce(m.file_id, 0) = coalesce(f.mine, 0);

INSERT OR IGNORE INTO finding(fp, fp_loose, rule_id, context, sink, sink_text)
	SELECT fp, fp_loose, rule_id, context, sink, sink_text FROM other.finding
	ORDER BY finding_id;

DROP TABLE IF EXISTS temp.finding_of;
CREATE TEMP TABLE finding_of(other INTEGER PRIMARY KEY, mine INTEGER NOT NULL);
INSERT INTO temp.finding_of
	SELECT o.finding_id, m.finding_id FROM other.finding o JOIN main.finding m USING(fp);

-- A variant that is here already has its steps.
DROP TABLE IF EXISTS temp.new_variant;
CREATE TEMP TABLE new_variant(hash TEXT PRIMARY KEY);
INSERT INTO temp.new_variant
	SELECT hash FROM other.variant WHERE hash NOT IN (SELECT hash FROM main.variant);
INSERT INTO variant(finding_id, hash, level, confidence, score, confidence_text, message, instead,
		condition, decided, root_id, function_id, file_id, line, col, end_line, end_col,
		unit_file_id, other_roots, other_paths, steps, gh_hash)
	SELECT i.mine, v.hash, v.level, v.confidence, v.score, v.confidence_text, v.message,
		v.instead, v.condition, v.decided, r.mine, s.mine, f.mine, v.line, v.col,
		v.end_line, v.end_col, u.mine, v.other_roots, v.other_paths, v.steps, v.gh_hash
	FROM other.variant v JOIN temp.new_variant USING(hash)
	JOIN temp.finding_of i ON i.other = v.finding_id
	JOIN temp.function_of r ON r.other = v.root_id
	JOIN temp.function_of s ON s.other = v.function_id
	JOIN temp.file_of f ON f.other = v.file_id
	LEFT JOIN temp.file_of u ON u.other = v.unit_file_id
	ORDER BY v.variant_id;

DROP TABLE IF EXISTS temp.variant_of;
CREATE TEMP TABLE variant_of(other INTEGER PRIMARY KEY, mine INTEGER NOT NULL, hash TEXT NOT NULL);
INSERT INTO temp.variant_of
	SELECT o.variant_id, m.variant_id, hash FROM other.variant o JOIN main.variant m USING(hash);
INSERT INTO path_step(variant_id, n, kind, function_id, file_id, line, col, end_line, end_col,
		message)
	SELECT v.mine, s.n, s.kind, c.mine, f.mine, s.line, s.col, s.end_line, s.end_col, s.message
	FROM other.path_step s JOIN temp.variant_of v ON v.other = s.variant_id
	JOIN temp.new_variant USING(hash)
	LEFT JOIN temp.function_of c ON c.other = s.function_id
	LEFT JOIN temp.file_of f ON f.other = s.file_id;

INSERT OR IGNORE INTO suppression(kind, target, reason, author, created_at, expires_at,
		where_path, where_line)
	SELECT kind, target, reason, author, created_at, expires_at, where_path, where_line
	FROM other.suppression;

DROP TABLE IF EXISTS temp.suppression_of;
CREATE TEMP TABLE suppression_of(other INTEGER PRIMARY KEY, mine INTEGER NOT NULL);
INSERT INTO temp.suppression_of
	SELECT o.suppression_id, m.suppression_id FROM other.suppression o JOIN main.suppression m
	ON m.kind = o.kind AND m.target = o.target AND coalesce(m.reason, '') = coalesce(o.reason, '')
	AND coalesce(m.where_path, '') = coalesce(o.where_path, '')
	AND coalesce(m.where_line, 0) = coalesce(o.where_line, 0);

-- The runs come behind those of their series; the end of this file puts all in order of time.
DROP TABLE IF EXISTS temp.new_run;
CREATE TEMP TABLE new_run(other INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, mine INTEGER);
INSERT INTO temp.new_run(other, uuid)
	SELECT run_id, uuid FROM other.run WHERE uuid NOT IN (SELECT uuid FROM main.run);
INSERT INTO run(uuid, kind, series, seq, label, scope, status, started_at, finished_at,
		tool_version, config_hash, models_hash, vcs_commit, vcs_branch, vcs_dirty, root,
		ci_url, props)
	SELECT uuid, kind, series, seq + coalesce((SELECT max(m.seq) FROM main.run m
			WHERE m.series = o.series AND m.kind = o.kind), 0),
		label, scope, status, started_at, finished_at, tool_version, config_hash,
		models_hash, vcs_commit, vcs_branch, vcs_dirty, root, ci_url, props
	FROM other.run o JOIN temp.new_run USING(uuid) ORDER BY o.run_id;
UPDATE temp.new_run SET mine = (SELECT run_id FROM main.run m WHERE m.uuid = new_run.uuid);

INSERT INTO run_rule SELECT n.mine, rule_id FROM other.run_rule o
	JOIN temp.new_run n ON n.other = o.run_id;
INSERT INTO coverage SELECT n.mine, units, functions, continuations, indirect_calls,
		indirect_resolved, indirect_cut, indirect_unresolved, io_indirect_calls,
		io_indirect_resolved, io_indirect_cut, io_indirect_unresolved, ambiguous_names,
		indirect_outside, io_indirect_outside, registrations_unresolved,
		registrations_outside
	FROM other.coverage o JOIN temp.new_run n ON n.other = o.run_id;
INSERT INTO run_file SELECT n.mine, v.mine FROM other.run_file o
	JOIN temp.new_run n ON n.other = o.run_id
	JOIN temp.version_of v ON v.other = o.file_version_id;
INSERT INTO run_unit SELECT n.mine, u.mine, status, errors, wall_ms, cpu_ms, peak_kib, problem
	FROM other.run_unit o JOIN temp.new_run n ON n.other = o.run_id
	JOIN temp.unit_of u ON u.other = o.unit_id;
INSERT INTO occurrence(finding_id, run_id, variant_id, carried)
	SELECT f.mine, n.mine, v.mine, carried FROM other.occurrence o
	JOIN temp.new_run n ON n.other = o.run_id
	JOIN temp.finding_of f ON f.other = o.finding_id
	JOIN temp.variant_of v ON v.other = o.variant_id;
INSERT INTO occurrence_suppression SELECT n.mine, f.mine, s.mine
	FROM other.occurrence_suppression o JOIN temp.new_run n ON n.other = o.run_id
	JOIN temp.finding_of f ON f.other = o.finding_id
	JOIN temp.suppression_of s ON s.other = o.suppression_id;
INSERT INTO run_suppression SELECT n.mine, s.mine, hits
	FROM other.run_suppression o JOIN temp.new_run n ON n.other = o.run_id
	JOIN temp.suppression_of s ON s.other = o.suppression_id;
INSERT INTO continuation_cost SELECT n.mine, f.mine, degree, cost
	FROM other.continuation_cost o JOIN temp.new_run n ON n.other = o.run_id
	JOIN temp.function_of f ON f.other = o.function_id;

INSERT INTO review(finding_id, at, author, status, comment)
	SELECT f.mine, o.at, o.author, o.status, o.comment FROM other.review o
	JOIN temp.finding_of f ON f.other = o.finding_id
	WHERE NOT EXISTS(SELECT 1 FROM main.review m WHERE m.finding_id = f.mine AND m.at = o.at
		AND m.author = o.author AND m.status = o.status
		AND coalesce(m.comment, '') = coalesce(o.comment, ''))
	ORDER BY o.at, o.review_id;
INSERT OR IGNORE INTO baseline SELECT name, created_at, n.mine, comment FROM other.baseline o
	LEFT JOIN temp.new_run n ON n.other = o.run_id;
INSERT OR IGNORE INTO baseline_finding SELECT * FROM other.baseline_finding;

DROP TABLE IF EXISTS temp.trace_of;
CREATE TEMP TABLE trace_of(other INTEGER PRIMARY KEY, mine INTEGER NOT NULL);
INSERT INTO temp.trace_of SELECT trace_id, trace_id + (SELECT coalesce(max(trace_id), 0)
		FROM main.trace) FROM other.trace o JOIN temp.new_run n ON n.other = o.run_id;
INSERT INTO trace SELECT t.mine, n.mine, build_id, workload, clock, duration_ns, dropped,
		overwritten, path
	FROM other.trace o JOIN temp.trace_of t ON t.other = o.trace_id
	JOIN temp.new_run n ON n.other = o.run_id;
INSERT INTO trace_function(trace_id, function_id, context, calls, total_ns, p50_ns, p99_ns, max_ns,
		histogram, waited_ns, blamed_packets, blamed_ns, growths, overruns, max_held_ns,
		noted, heavy, blocked, stalled)
	SELECT t.mine, f.mine, context, calls, total_ns, p50_ns, p99_ns, max_ns, histogram,
		waited_ns, blamed_packets, blamed_ns, growths, overruns, max_held_ns, noted, heavy,
		blocked, stalled
	FROM other.trace_function o JOIN temp.trace_of t ON t.other = o.trace_id
	JOIN temp.function_of f ON f.other = o.function_id;
INSERT INTO trace_call(trace_id, function_id, syscall, descriptor, at, calls, total_ns, max_ns,
		stack)
	SELECT t.mine, f.mine, syscall, descriptor, at, calls, total_ns, max_ns, stack
	FROM other.trace_call o JOIN temp.trace_of t ON t.other = o.trace_id
	JOIN temp.function_of f ON f.other = o.function_id ORDER BY o.trace_call_id;
INSERT INTO evidence SELECT f.mine, t.mine, v.mine, verdict, calls, total_ns, p50_ns, p99_ns,
		max_ns, budget_ns, stack
	FROM other.evidence o JOIN temp.trace_of t ON t.other = o.trace_id
	JOIN temp.finding_of f ON f.other = o.finding_id
	JOIN temp.variant_of v ON v.other = o.variant_id;

-- Order of time; the negative numbers keep every moment free of equal ones.
UPDATE run SET seq = -run_id;
UPDATE run SET seq = (SELECT count(*) FROM run p WHERE p.series = run.series AND p.kind = run.kind
	AND (p.started_at, p.run_id) <= (run.started_at, run.run_id));

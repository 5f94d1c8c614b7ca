-- The public face of the findings database, put in place anew whenever this file changes, docs.sql or
-- a stored query, so that a change here needs no migration.
DROP VIEW IF EXISTS latest_run;
CREATE VIEW latest_run AS
	SELECT r.run_id, r.series, r.seq, r.scope, r.status, r.started_at, r.finished_at,
		r.tool_version, r.root, r.vcs_commit, r.vcs_branch,
		(SELECT p.run_id FROM run p
		 WHERE p.series = r.series AND p.kind = 'static' AND p.seq < r.seq
		 ORDER BY p.seq DESC LIMIT 1) previous_run_id
	FROM run r
	JOIN (SELECT series, max(seq) seq FROM run WHERE kind = 'static' GROUP BY series) m
		USING(series, seq)
	WHERE r.kind = 'static';

DROP VIEW IF EXISTS runs;
CREATE VIEW runs AS
	SELECT r.run_id run, r.series, r.seq, r.label, r.kind, r.scope, r.status, r.started_at, r.finished_at,
		r.vcs_branch branch, r.vcs_commit "commit", c.units, c.functions, c.continuations,
		c.indirect_resolved, c.indirect_outside, c.indirect_calls,
		(SELECT count(*) FROM occurrence o WHERE o.run_id = r.run_id) findings
	FROM run r LEFT JOIN coverage c USING(run_id);

DROP VIEW IF EXISTS current_review;
CREATE VIEW current_review AS
	SELECT finding_id, status, author, at, comment FROM (
		SELECT *, row_number() OVER
			(PARTITION BY finding_id ORDER BY at DESC, review_id DESC) k FROM review)
	WHERE k = 1;

-- Exact status of every finding in every run. Ask it with a run_id: over a long history it is
-- millions of rows.
DROP VIEW IF EXISTS occurrence_status;
CREATE VIEW occurrence_status AS
	SELECT r.series, o.run_id, r.seq, o.finding_id,
		CASE WHEN EXISTS(SELECT 1 FROM occurrence b WHERE b.finding_id = o.finding_id
				AND b.run_id = (SELECT p.run_id FROM run p WHERE p.series = r.series
					AND p.kind = 'static' AND p.seq < r.seq
					ORDER BY p.seq DESC LIMIT 1)) THEN 'unchanged'
		     WHEN EXISTS(SELECT 1 FROM run q CROSS JOIN occurrence b
				ON b.run_id = q.run_id AND b.finding_id = o.finding_id
				WHERE q.series = r.series AND q.kind = 'static'
				AND q.seq < r.seq) THEN 'reopened'
		     ELSE 'new' END status
	FROM run r CROSS JOIN occurrence o USING(run_id) WHERE r.kind = 'static';

-- Evidence counts only for the variant that it was gathered for; a lossy trace can confirm only.
DROP VIEW IF EXISTS best_evidence;
CREATE VIEW best_evidence AS
	SELECT e.finding_id, e.variant_id, max(e.calls) calls, max(e.max_ns) max_ns,
		max(e.p50_ns) p50_ns, max(e.p99_ns) p99_ns, sum(e.total_ns) total_ns, count(*) traces,
		CASE WHEN max(e.verdict = 'confirmed') THEN 'confirmed'
		     WHEN max(e.verdict = 'unclear' AND e.max_ns > e.budget_ns) THEN 'unclear'
		     WHEN max(e.verdict = 'fast' AND t.dropped = 0) THEN 'fast'
		     WHEN max(e.verdict = 'within-budget' AND t.dropped = 0) THEN 'within-budget'
		     WHEN max(e.verdict = 'sink-not-reached' AND t.dropped = 0)
		     THEN 'sink-not-reached'
		     WHEN max(e.verdict = 'not-executed' AND t.dropped = 0) THEN 'not-executed'
		     ELSE 'unclear' END verdict
	FROM evidence e JOIN trace t USING(trace_id) GROUP BY e.finding_id, e.variant_id;

-- CROSS JOIN pins the order: from the run to its findings.
DROP VIEW IF EXISTS findings;
CREATE VIEW findings AS
	SELECT f.finding_id id, substr(f.fp, 4, 12) fp, f.rule_id rule, v.level, v.confidence,
		v.score, fl.path file, v.line, v.col, v.message, f.context, rf.name callback,
		f.sink, sf.name function, v.condition, v.decided, v.instead, v.steps,
		v.other_roots, v.other_paths, r.series, r.run_id,
		CASE WHEN EXISTS(SELECT 1 FROM occurrence b WHERE b.finding_id = f.finding_id
				AND b.run_id = r.previous_run_id) THEN 'unchanged'
		     WHEN EXISTS(SELECT 1 FROM run q CROSS JOIN occurrence b
				ON b.run_id = q.run_id AND b.finding_id = f.finding_id
				WHERE q.series = r.series AND q.kind = 'static'
				AND q.seq < r.seq) THEN 'reopened'
		     ELSE 'new' END status,
		o.carried,
		EXISTS(SELECT 1 FROM occurrence_suppression x WHERE x.run_id = r.run_id
			AND x.finding_id = f.finding_id) suppressed,
		coalesce(cr.status, 'unreviewed') review,
		coalesce(e.verdict, CASE WHEN EXISTS(SELECT 1 FROM evidence old
			WHERE old.finding_id = f.finding_id) THEN 'stale' ELSE 'untested' END) evidence,
		e.p50_ns / 1e6 p50_ms, e.p99_ns / 1e6 p99_ms, e.max_ns / 1e6 max_ms, e.calls,
		f.fp fingerprint, o.variant_id
	FROM latest_run r CROSS JOIN occurrence o USING(run_id)
	CROSS JOIN finding f USING(finding_id)
	JOIN variant v USING(variant_id)
	JOIN file fl ON fl.file_id = v.file_id
	JOIN function rf ON rf.function_id = v.root_id
	JOIN function sf ON sf.function_id = v.function_id
	LEFT JOIN current_review cr ON cr.finding_id = f.finding_id
	LEFT JOIN best_evidence e ON e.finding_id = f.finding_id AND e.variant_id = o.variant_id;

-- What a run saw and no rule said: our own list of misses, from the newest instrumented run.
DROP VIEW IF EXISTS dynamic_findings;
CREATE VIEW dynamic_findings AS
	SELECT f.finding_id id, substr(f.fp, 4, 12) fp, fl.path file, v.line, rf.name callback,
		f.sink, sf.name function, v.message, max(e.max_ns) / 1e6 max_ms,
		sum(e.calls) calls, max(e.stack) stack, o.run_id, o.variant_id
	FROM occurrence o JOIN finding f USING(finding_id) JOIN variant v USING(variant_id)
	JOIN file fl ON fl.file_id = v.file_id
	JOIN function rf ON rf.function_id = v.root_id
	JOIN function sf ON sf.function_id = v.function_id
	LEFT JOIN trace t ON t.run_id = o.run_id
	LEFT JOIN evidence e ON e.trace_id = t.trace_id AND e.finding_id = o.finding_id
	WHERE o.run_id = (SELECT max(run_id) FROM run WHERE kind = 'dynamic')
	GROUP BY o.finding_id;

DROP VIEW IF EXISTS open_findings;
CREATE VIEW open_findings AS
	SELECT * FROM findings
	WHERE NOT suppressed AND review NOT IN ('false-positive', 'intentional');

-- The absence rule: what was not analysed is carried into the next run, so what is not there is
-- fixed, unless its rule was off.
DROP VIEW IF EXISTS gone_findings;
CREATE VIEW gone_findings AS
	SELECT f.finding_id id, substr(f.fp, 4, 12) fp, f.rule_id rule, v.level, v.confidence,
		fl.path file, v.line, v.message, r.series, r.run_id, r.previous_run_id,
		CASE WHEN NOT EXISTS(SELECT 1 FROM run_rule rr WHERE rr.run_id = r.run_id
				AND rr.rule_id = f.rule_id) THEN 'rule-off'
		     WHEN EXISTS(SELECT 1 FROM finding g JOIN occurrence n USING(finding_id)
				WHERE g.fp_loose = f.fp_loose AND n.run_id = r.run_id
				AND NOT EXISTS(SELECT 1 FROM occurrence b
					WHERE b.finding_id = g.finding_id
					AND b.run_id = r.previous_run_id)) THEN 'moved'
		     ELSE 'fixed' END state
	FROM latest_run r CROSS JOIN occurrence o ON o.run_id = r.previous_run_id
	CROSS JOIN finding f USING(finding_id)
	JOIN variant v USING(variant_id)
	JOIN file fl ON fl.file_id = v.file_id
	WHERE NOT EXISTS(SELECT 1 FROM occurrence n WHERE n.finding_id = o.finding_id
		AND n.run_id = r.run_id);

DROP VIEW IF EXISTS path_text;
CREATE VIEW path_text AS
	SELECT v.finding_id id, v.variant_id, s.n, s.kind,
		fl.path || ':' || s.line || ':' || s.col at, fn.name function, s.message
	FROM path_step s JOIN variant v USING(variant_id)
	LEFT JOIN file fl ON fl.file_id = s.file_id
	LEFT JOIN function fn ON fn.function_id = s.function_id;

DROP VIEW IF EXISTS callbacks;
CREATE VIEW callbacks AS
	SELECT f.name function, c.context, c.calls, c.via, c.library, c.certainty,
		rf.name registered_in, rl.path || ':' || c.line || ':' || c.col registered_at,
		fl.path file, d.line, c.function_id
	FROM continuation c JOIN function f USING(function_id)
	LEFT JOIN definition d USING(function_id)
	LEFT JOIN file fl ON fl.file_id = f.file_id
	LEFT JOIN function rf ON rf.function_id = c.in_function_id
	LEFT JOIN file rl ON rl.file_id = c.file_id;

DROP VIEW IF EXISTS functions;
CREATE VIEW functions AS
	SELECT f.name function, fl.path file, d.line, d.end_line, d.contexts, d.is_loop,
		f.usr, f.function_id
	FROM definition d JOIN function f USING(function_id)
	LEFT JOIN file fl USING(file_id);

DROP VIEW IF EXISTS calls;
CREATE VIEW calls AS
	SELECT a.name caller, b.name callee, e.kind, fl.path || ':' || e.line at, e.calls,
		e.targets, e.via, e.caller_id, e.callee_id
	FROM call_edge e JOIN function a ON a.function_id = e.caller_id
	JOIN function b ON b.function_id = e.callee_id
	LEFT JOIN file fl ON fl.file_id = a.file_id;

DROP VIEW IF EXISTS unresolved_calls;
CREATE VIEW unresolved_calls AS
	SELECT f.name function, fl.path || ':' || u.line || ':' || u.col at, u.place, u.targets,
		d.contexts, u.reason, u.outside, u.kind, u.via
	FROM unresolved_call u JOIN function f USING(function_id)
	LEFT JOIN definition d USING(function_id)
	LEFT JOIN file fl USING(file_id);

DROP VIEW IF EXISTS units;
CREATE VIEW units AS
	SELECT fl.path file, u.target, ru.status, ru.errors, ru.wall_ms, ru.cpu_ms, ru.peak_kib,
		ru.problem, r.series, r.run_id
	FROM latest_run r JOIN run_unit ru USING(run_id) JOIN unit u USING(unit_id)
	JOIN file fl USING(file_id);

DROP VIEW IF EXISTS rule_stats;
CREATE VIEW rule_stats AS
	SELECT series, rule, count(*) findings,
		sum(NOT suppressed AND review NOT IN ('false-positive', 'intentional')) open,
		sum(status = 'new') new, sum(confidence = 'high') high,
		sum(confidence = 'medium') medium, sum(confidence = 'low') low, sum(suppressed) suppressed,
		sum(review = 'false-positive') false_positive,
		sum(evidence = 'confirmed') confirmed, sum(evidence = 'fast') fast
	FROM findings GROUP BY series, rule;

DROP VIEW IF EXISTS file_stats;
CREATE VIEW file_stats AS
	SELECT series, file, count(*) findings, sum(confidence = 'high') high,
		sum(status = 'new') new
	FROM open_findings GROUP BY series, file;

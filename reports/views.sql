-- The public face of the findings database: views and stored queries, put in place anew whenever
-- this file or docs.sql changes, so that a change here needs no migration.
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
		c.indirect_resolved, c.indirect_calls,
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
		d.contexts, u.reason
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

DELETE FROM named_query;
INSERT INTO named_query(name, title, params, sql) VALUES
('open', 'open findings of the latest run, surest first', '[]',
 'SELECT fp, rule, level, confidence, callback, sink, file || '':'' || line AS at, message
  FROM open_findings ORDER BY score DESC, file, line'),
('new', 'findings that the run before the latest did not have', '[]',
 'SELECT fp, rule, level, confidence, status, file || '':'' || line AS at, message
  FROM open_findings WHERE status <> ''unchanged'' ORDER BY score DESC, file, line'),
('gone', 'findings of the run before that are fixed, moved or whose rule is off', '[]',
 'SELECT fp, rule, state, file || '':'' || line AS was_at, message
  FROM gone_findings ORDER BY state, file, line'),
('unknown', 'findings carried over because their code was not analysed this time', '[]',
 'SELECT fp, rule, file || '':'' || line AS at, message FROM findings WHERE carried
  ORDER BY file, line'),
('diff', 'what changed from run a to run b: introduced, moved, fixed, unknown',
 '[{"name": "a", "doc": "run_id of the older run"}, {"name": "b", "doc": "run_id of the newer run"}]',
 ''), -- store.c puts diff.sql here
('by-rule', 'how many findings each rule has', '[]',
 'SELECT rule, findings, open, new, high, medium, low, suppressed, confirmed
  FROM rule_stats ORDER BY open DESC, rule'),
('by-file', 'how many open findings each file has', '[]',
 'SELECT file, findings, high, new FROM file_stats ORDER BY findings DESC, file'),
('by-callback', 'which continuations have most open findings', '[]',
 'SELECT callback, count(*) findings, count(DISTINCT sink) sinks, group_concat(DISTINCT sink) what
  FROM open_findings GROUP BY callback ORDER BY findings DESC, callback'),
('by-sink', 'which sinks are reached by most continuations', '[]',
 'SELECT sink, rule, count(DISTINCT callback) callbacks, count(*) findings
  FROM open_findings GROUP BY sink, rule ORDER BY callbacks DESC, sink'),
('at', 'open findings whose path goes through a file',
 '[{"name": "file", "doc": "path as in the reports, % for any letters"}]',
 'SELECT DISTINCT o.fp, o.rule, o.confidence, o.file || '':'' || o.line AS at, o.message
  FROM open_findings o JOIN path_step s USING(variant_id) JOIN file fl ON fl.file_id = s.file_id
  WHERE fl.path LIKE :file ORDER BY o.score DESC, at'),
('path', 'the steps of one finding', '[{"name": "fp", "doc": "its short fingerprint"}]',
 'SELECT p.n, p.kind, p.at, p.function, p.message FROM findings f JOIN path_text p USING(variant_id)
  WHERE f.fp = substr(replace(:fp, ''v1:'', ''''), 1, 12) ORDER BY p.n'),
('suppressed', 'findings that somebody silenced, and why', '[]',
 'SELECT f.fp, f.rule, f.file || '':'' || f.line AS at, s.kind, s.reason FROM findings f
  JOIN occurrence_suppression x ON x.run_id = f.run_id AND x.finding_id = f.id
  JOIN suppression s USING(suppression_id) ORDER BY at'),
('confirmed-worst', 'findings that a run confirmed, longest hold first', '[]',
 'SELECT fp, rule, callback, sink, file || '':'' || line AS at, max_ms, calls
  FROM open_findings WHERE evidence = ''confirmed'' ORDER BY max_ms DESC'),
('dynamic-only', 'what the last instrumented run saw and no rule said', '[]',
 'SELECT fp, callback, sink, file || '':'' || line AS at, max_ms, calls, message
  FROM dynamic_findings ORDER BY max_ms DESC, at'),
('evidence', 'what runs say of the open findings', '[]',
 'SELECT fp, rule, callback, sink, evidence, calls, p50_ms, p99_ms, max_ms, file || '':'' || line AS at
  FROM open_findings ORDER BY evidence = ''confirmed'' DESC, max_ms DESC, at'),
('holds', 'how long continuations held their threads in the last instrumented run', '[]',
 'SELECT f.name function, context, sum(calls) calls, max(p50_ns) / 1e6 p50_ms,
	max(p99_ns) / 1e6 p99_ms, max(max_ns) / 1e6 max_ms, sum(total_ns) / 1e6 total_ms
  FROM trace_function JOIN trace USING(trace_id) JOIN function f USING(function_id)
  WHERE run_id = (SELECT max(run_id) FROM run WHERE kind = ''dynamic'')
  GROUP BY function_id, context ORDER BY total_ms DESC'),
('audit', 'system calls inside continuations, from the last run with --audit', '[]',
 'SELECT f.name continuation, c.syscall, c.descriptor, c.at, sum(c.calls) calls,
	sum(c.total_ns) / 1e6 total_ms, max(c.max_ns) / 1e6 max_ms, replace(c.stack, char(10), '' < '') stack
  FROM trace_call c JOIN trace USING(trace_id) JOIN function f USING(function_id)
  WHERE run_id = (SELECT max(run_id) FROM trace JOIN trace_call USING(trace_id))
  GROUP BY c.function_id, c.syscall, c.descriptor, c.at, c.stack
  ORDER BY total_ms DESC, c.syscall'),
('blame', 'who made others wait in the last instrumented run, and why pools grew', '[]',
 'SELECT f.name continuation, sum(calls) calls, sum(blamed_packets) packets_kept_waiting,
	sum(blamed_ns) / 1e6 blamed_ms, sum(growths) threads_made, sum(overruns) overruns,
	max(max_held_ns) / 1e6 max_held_ms, sum(waited_ns) / 1e6 waited_itself_ms
  FROM trace_function JOIN trace USING(trace_id) JOIN function f USING(function_id)
  WHERE run_id = (SELECT max(run_id) FROM run WHERE kind = ''dynamic'') AND context = ''io''
  GROUP BY function_id HAVING blamed_ms > 0 OR threads_made > 0 OR overruns > 0
  ORDER BY blamed_ms DESC, threads_made DESC, overruns DESC'),
('not-executed', 'continuations of I/O threads that no instrumented run has executed', '[]',
 'SELECT DISTINCT function, file || '':'' || line AS at FROM callbacks c WHERE context = ''io''
  AND NOT EXISTS(SELECT 1 FROM trace_function t WHERE t.function_id = c.function_id)
  ORDER BY at'),
('age', 'open findings by when they were first seen', '[]',
 'SELECT o.fp, o.rule, min(r.started_at) first_seen, count(*) runs, o.file || '':'' || o.line AS at
  FROM open_findings o CROSS JOIN run r ON r.series = o.series AND r.kind = ''static''
  CROSS JOIN occurrence c ON c.run_id = r.run_id AND c.finding_id = o.id
  GROUP BY o.id, o.series ORDER BY first_seen, at'),
('trend', 'findings and coverage run by run', '[]',
 'SELECT run, series, label, started_at, branch, "commit", findings, units, continuations,
	indirect_resolved || ''/'' || indirect_calls indirect FROM runs WHERE kind = ''static''
  ORDER BY series, seq'),
('noisy-rules', 'share of false positives among the reviewed findings of a rule', '[]',
 'SELECT f.rule_id rule, count(*) reviewed, sum(c.status = ''false-positive'') false_positive,
	round(100.0 * sum(c.status = ''false-positive'') / count(*), 1) percent
  FROM current_review c JOIN finding f USING(finding_id) WHERE c.status <> ''unreviewed''
  GROUP BY rule ORDER BY percent DESC, rule'),
('rules', 'the rules of the latest run', '[]',
 'SELECT DISTINCT rule_id rule, family, level, precision, summary FROM latest_run
  JOIN run_rule USING(run_id) JOIN rule USING(rule_id) ORDER BY family, rule'),
('unit-failures', 'units that were not analysed whole', '[]',
 'SELECT file, status, errors, problem FROM units WHERE status NOT IN (''ok'', ''cached'')
  ORDER BY status, file'),
('slow-units', 'units by the time they took', '[{"name": "limit", "doc": "how many", "default": "20"}]',
 'SELECT file, status, cpu_ms, wall_ms, peak_kib FROM units ORDER BY cpu_ms DESC, file LIMIT :limit'),
('callbacks', 'continuations with their place of registration', '[]',
 'SELECT function, context, via, registered_in, registered_at FROM callbacks
  ORDER BY function, registered_at'),
('callers', 'who calls a function', '[{"name": "function", "doc": "its name"}]',
 'SELECT caller, kind, at, targets, via FROM calls WHERE callee = :function ORDER BY at'),
('callees', 'what a function calls', '[{"name": "function", "doc": "its name"}]',
 'SELECT callee, kind, at, targets, via FROM calls WHERE caller = :function ORDER BY at, callee'),
('externals', 'external functions that run on an I/O thread, most callers first',
 '[{"name": "limit", "doc": "how many", "default": "50"}]',
 'SELECT b.name function, count(*) callers, min(a.name) for_example FROM call_edge e
  JOIN definition d ON d.function_id = e.caller_id JOIN function a ON a.function_id = e.caller_id
  JOIN function b ON b.function_id = e.callee_id
  WHERE e.kind = ''external'' AND '','' || d.contexts || '','' LIKE ''%,io,%''
  GROUP BY e.callee_id ORDER BY callers DESC, function LIMIT :limit'),
('loops', 'functions that wait and dispatch', '[]',
 'SELECT function, file || '':'' || line AS at FROM functions WHERE is_loop ORDER BY at'),
('unresolved', 'calls through pointers whose targets are not known, or were cut', '[]',
 'SELECT function, at, place, targets, contexts, reason FROM unresolved_calls ORDER BY at'),
('schema', 'what a table or view holds',
 '[{"name": "object", "doc": "its name, % for any letters", "default": "%"}]',
 'SELECT object, column, doc FROM schema_doc WHERE object LIKE :object ORDER BY object, column');

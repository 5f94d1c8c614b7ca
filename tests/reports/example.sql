-- A small server's history, by hand: what the answers in docs/queries.md come from. Version 1.0 was
-- checked (run 1) and run (2); then a commit later again (3, 4). src/slow.c could not be analysed the
-- second time.
INSERT INTO rule(rule_id, family, level, precision, summary, why, instead, misses) VALUES
('blocking-dns', 'blocks', 'warning', 'high', 'resolves a name', 'w', 'i', 'm'),
('blocking-file-sync', 'blocks', 'warning', 'medium', 'waits for the disk', 'w', 'i', 'm'),
('blocking-stdio', 'blocks', 'warning', 'low', 'writes through stdio', 'w', 'i', 'm'),
('blocking-wait', 'blocks', 'error', 'high', 'sleeps', 'w', 'i', 'm'),
('dynamic-only', 'blocks', 'note', 'very-high', 'a run saw what no rule said', 'w', 'i', 'm');

INSERT INTO run(run_id, uuid, kind, series, seq, label, scope, status, started_at, finished_at,
	tool_version, vcs_commit, vcs_branch) VALUES
(1, 'a', 'static', 'main', 1, 'v1.0', 'full', 'ok', '2026-03-01T08:00:00Z', '2026-03-01T08:00:09Z',
	'0.1.0', '1234567890abcdef', 'main'),
(2, 'b', 'dynamic', 'main', 1, NULL, 'partial', 'ok', '2026-03-01T09:00:00Z', '2026-03-01T09:01:00Z',
	'0.1.0', NULL, NULL),
(3, 'c', 'static', 'main', 2, NULL, 'full', 'incomplete', '2026-03-02T08:00:00Z',
	'2026-03-02T08:00:09Z', '0.1.0', 'fedcba9876543210', 'main'),
(4, 'd', 'dynamic', 'main', 2, NULL, 'partial', 'ok', '2026-03-02T09:00:00Z', '2026-03-02T09:01:00Z',
	'0.1.0', NULL, NULL);
-- blocking-stdio was off in run 1.
INSERT INTO run_rule SELECT run_id, rule_id FROM run, rule
	WHERE kind = 'static' AND rule_id <> 'dynamic-only' AND (run_id = 3 OR rule_id <> 'blocking-stdio');
INSERT INTO coverage VALUES(1, 6, 10, 4, 4, 3, 0, 1, 2, 2, 0, 0, 0, 0, 0, 0, 0),
(3, 6, 11, 4, 5, 4, 0, 1, 2, 2, 0, 0, 0, 0, 0, 0, 0);

INSERT INTO file(file_id, path) VALUES(1, 'src/main.c'), (2, 'src/accept.c'), (3, 'src/read.c'),
(4, 'src/lookup.c'), (5, 'src/log.c'), (6, 'src/slow.c');
INSERT INTO unit(unit_id, file_id, command_hash, target) SELECT file_id, file_id, 'h', 'server' FROM file;
INSERT INTO run_unit(run_id, unit_id, status, errors, wall_ms, cpu_ms, peak_kib, problem)
	SELECT run_id, unit_id, iif(run_id = 3 AND unit_id = 6, 'timeout', 'ok'), 0, 20 * unit_id, 10 * unit_id,
		40000, iif(run_id = 3 AND unit_id = 6, 'took longer than 300 s', NULL)
	FROM run, unit WHERE kind = 'static';

INSERT INTO function(function_id, usr, name, file_id) VALUES
(1, 'c:@F@main', 'main', 1), (2, 'c:@F@on_accept', 'on_accept', 2), (3, 'c:@F@on_read', 'on_read', 3),
(4, 'c:@F@on_timer', 'on_timer', 6), (5, 'c:@F@resolve', 'resolve', 4),
(6, 'c:@F@log_line', 'log_line', 5), (7, 'c:@F@flush_log', 'flush_log', 5),
(8, 'c:@F@save', 'save', 3), (9, 'c:@F@compress', 'compress', 3), (10, 'c:@F@run_loop', 'run_loop', 1),
(11, 'c:@F@getaddrinfo', 'getaddrinfo', NULL), (12, 'c:@F@fsync', 'fsync', NULL),
(13, 'c:@F@poll', 'poll', NULL), (14, 'c:@F@fprintf', 'fprintf', NULL), (15, 'c:@F@sleep', 'sleep', NULL);
INSERT INTO definition(function_id, line, end_line, contexts, is_loop) VALUES
(1, 40, 60, 'startup', 0), (2, 10, 20, 'io', 0), (3, 10, 30, 'io', 0), (4, 5, 9, 'io', 0),
(5, 3, 9, 'io', 0), (6, 12, 18, 'io,startup', 0), (7, 3, 9, 'io,startup', 0), (8, 40, 50, 'io', 0),
(9, 60, 90, 'io,worker', 0), (10, 5, 30, 'startup', 1);
INSERT INTO continuation(function_id, context, calls, via, library, certainty, in_function_id, file_id,
	line, col) VALUES
(2, 'io', 'many', 'add_source', 'own', 1, 1, 1, 44, 2), (3, 'io', 'many', 'add_source', 'own', 1, 2, 2, 18, 2),
(4, 'io', 'many', '(struct timer).fire', 'own', 0.8, 1, 1, 50, 8),
(9, 'worker', 'once', 'pool_submit', 'own', 1, 3, 3, 25, 2);
INSERT INTO call_edge(caller_id, callee_id, kind, line, calls, targets, via) VALUES
(1, 10, 'direct', 58, 1, 1, NULL), (10, 13, 'external', 12, 1, 1, NULL),
(2, 5, 'direct', 14, 1, 1, NULL), (5, 11, 'external', 7, 1, 1, NULL), (4, 5, 'indirect', 7, 1, 2, '(struct ops).find'),
(2, 6, 'direct', 12, 1, 1, NULL), (3, 6, 'direct', 15, 2, 1, NULL), (6, 7, 'direct', 16, 1, 1, NULL),
(7, 12, 'external', 8, 1, 1, NULL), (6, 14, 'external', 14, 1, 1, NULL), (3, 8, 'direct', 22, 1, 1, NULL),
(8, 12, 'external', 47, 1, 1, NULL), (8, 7, 'direct', 49, 1, 1, NULL), (1, 6, 'direct', 42, 1, 1, NULL);
INSERT INTO unresolved_call VALUES(6, 0, 15, 3, '(struct sink).write', 0,
	'a function in sink.write, and nothing here stores one', 0, 'call', NULL);

-- number, rule, root, function, sink, line: the first digits of the fingerprint are a0 and the number.
CREATE TEMP TABLE made(n, rule, root, fn, sink, line, confidence, score, first, last);
INSERT INTO made VALUES
(1, 'blocking-dns', 2, 5, 'getaddrinfo', 7, 'high', 0.9, 1, 3),
(2, 'blocking-file-sync', 2, 7, 'fsync', 8, 'high', 0.8, 1, 3),
(3, 'blocking-file-sync', 3, 7, 'fsync', 8, 'high', 0.8, 1, 3),
(4, 'blocking-file-sync', 3, 8, 'fsync', 47, 'high', 0.7, 3, 3),
(5, 'blocking-dns', 4, 5, 'getaddrinfo', 7, 'medium', 0.5, 1, 3),
(6, 'blocking-wait', 3, 8, 'sleep', 44, 'high', 0.9, 1, 1),
(7, 'blocking-stdio', 2, 6, 'fprintf', 14, 'medium', 0.4, 3, 3),
(8, 'blocking-stdio', 3, 6, 'fprintf', 14, 'medium', 0.4, 3, 3),
(9, 'blocking-wait', 4, 4, 'sleep', 8, 'high', 0.9, 1, 3),
(10, 'dynamic-only', 3, 9, 'computing', 71, 'high', 1, 4, 4);
INSERT INTO finding(finding_id, fp, fp_loose, rule_id, context, sink, sink_text)
	SELECT n, printf('v1:a%02d%029d', n, 0), printf('l%02d', n), rule, 'io', sink, sink || ' ( )' FROM made;
INSERT INTO variant(variant_id, finding_id, hash, level, confidence, score, message, condition, decided,
	root_id, function_id, file_id, line, col, unit_file_id, other_roots, other_paths, steps)
	SELECT n, n, 'h' || n, iif(rule = 'blocking-wait', 'error', 'warning'), confidence, score,
		sink || '() can hold the I/O thread', NULL, 'proven', root, fn, f.file_id, line, 5, f.file_id, 0, 0,
		iif(root = fn, 3, 4)
	FROM made JOIN function f ON f.function_id = fn;
-- Before run 3 the third stood two lines higher: a variant of its own.
INSERT INTO variant SELECT 11, finding_id, 'h11', level, confidence, score, confidence_text, message,
	instead, condition, decided, root_id, function_id, file_id, 6, col, end_line, end_col, unit_file_id,
	other_roots, other_paths, steps, gh_hash FROM variant WHERE variant_id = 3;
INSERT INTO path_step(variant_id, n, kind, function_id, file_id, line, col, message)
	SELECT v.variant_id, 0, 'register', c.in_function_id, c.file_id, c.line, c.col, r.name || '() is registered here'
	FROM variant v JOIN function r ON r.function_id = v.root_id
	JOIN continuation c ON c.function_id = v.root_id;
INSERT INTO path_step(variant_id, n, kind, function_id, file_id, line, col, message)
	SELECT v.variant_id, 1, 'enter', v.root_id, r.file_id, d.line, 1, r.name || '() runs on the I/O thread'
	FROM variant v JOIN function r ON r.function_id = v.root_id JOIN definition d USING(function_id);
INSERT INTO path_step(variant_id, n, kind, function_id, file_id, line, col, message)
	SELECT v.variant_id, 2, 'call', v.root_id, r.file_id, e.line, 2, 'calls ' || m.name || '()'
	FROM variant v JOIN function r ON r.function_id = v.root_id
	JOIN call_edge e ON e.caller_id = v.root_id JOIN function m ON m.function_id = e.callee_id
	WHERE e.callee_id = v.function_id OR (v.function_id = 7 AND e.callee_id = 6);
INSERT INTO path_step(variant_id, n, kind, function_id, file_id, line, col, message)
	SELECT v.variant_id, 3, 'call', 6, 5, 16, 2, 'calls flush_log()' FROM variant v WHERE function_id = 7;
INSERT INTO path_step(variant_id, n, kind, function_id, file_id, line, col, message)
	SELECT v.variant_id, 4, 'sink', v.function_id, v.file_id, v.line, v.col, 'calls ' || sink || '()'
	FROM variant v JOIN finding USING(finding_id);
UPDATE variant SET steps = (SELECT count(*) FROM path_step s WHERE s.variant_id = variant.variant_id);
INSERT INTO occurrence(run_id, finding_id, variant_id, carried)
	SELECT run_id, n, iif(run_id = 1 AND n = 3, 11, n), run_id = 3 AND made.root = 4 AND fn = 4
	FROM run JOIN made ON run_id BETWEEN first AND last AND (kind = 'static' OR n = 10);
DROP TABLE temp.made;

INSERT INTO suppression(suppression_id, kind, target, reason, where_path, where_line) VALUES
(1, 'in-source', 'blocking-stdio', 'stderr of a terminal', 'src/log.c', 14),
(2, 'in-source', 'blocking-dns', 'local names only', 'src/read.c', 30),
(3, 'config', 'blocking-*', 'one-shot tools', '.contlint.yaml', 9);
INSERT INTO occurrence_suppression VALUES(3, 7, 1);
INSERT INTO run_suppression VALUES(1, 2, 0), (1, 3, 0), (3, 1, 1), (3, 2, 0), (3, 3, 0);
INSERT INTO review(finding_id, at, author, status, comment) VALUES
(1, '2026-03-01T10:00:00Z', 'ann', 'confirmed', 'seen in production'),
(6, '2026-03-01T10:01:00Z', 'ann', 'confirmed', NULL),
(8, '2026-03-02T10:00:00Z', 'ben', 'unreviewed', NULL),
(8, '2026-03-02T11:00:00Z', 'ben', 'false-positive', 'unbuffered, to a file');

INSERT INTO trace(trace_id, run_id, workload, clock, duration_ns) VALUES
(1, 2, 'make test', 'monotonic', 60000000000), (2, 4, 'load test', 'monotonic', 60000000000);
INSERT INTO trace_function(trace_id, function_id, context, calls, total_ns, p50_ns, p99_ns, max_ns,
	waited_ns, blamed_packets, blamed_ns, growths, overruns, max_held_ns, noted, heavy, blocked,
	stalled) VALUES
(1, 2, 'io', 20, 60000000, 900000, 31000000, 31000000, 0, 3, 29000000, 0, 2, 0, 20, 1, 3, 1),
(1, 3, 'io', 40, 8000000, 180000, 400000, 900000, 0, 0, 0, 0, 0, 0, 40, 0, 12, 0),
(2, 3, 'io', 9000, 9000000000, 800000, 12000000, 45000000, 2000000, 700, 4000000000, 2, 31, 800000,
	8200, 40, 310, 6);
INSERT INTO evidence VALUES
(1, 1, 1, 'confirmed', 20, 60000000, 900000, 31000000, 31000000, 1000000, 'getaddrinfo'),
(2, 1, 2, 'fast', 20, 60000000, 90000, 700000, 900000, 1000000, NULL),
(3, 1, 11, 'fast', 40, 8000000, 180000, 400000, 900000, 1000000, NULL),
(5, 1, 5, 'not-executed', 0, 0, 0, 0, 0, 1000000, NULL),
(6, 1, 6, 'sink-not-reached', 40, 8000000, 180000, 400000, 900000, 1000000, NULL),
(10, 2, 10, 'confirmed', 9000, 9000000000, 800000, 12000000, 45000000, 1000000, 'compress');
INSERT INTO trace_call(trace_id, function_id, syscall, descriptor, at, calls, total_ns, max_ns, stack) VALUES
(2, 3, 'fsync', 'file', 'src/read.c:47', 900, 300000000, 4000000, 'save' || char(10) || 'on_read'),
(2, 3, 'write', 'file', 'src/log.c:14', 9000, 90000000, 100000, NULL);

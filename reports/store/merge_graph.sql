-- Takes the program (call graph, continuations) of the attached database `other` too, after
-- merge.sql: what is here stays, so that those of several shards add up.
INSERT OR IGNORE INTO definition SELECT f.mine, line, end_line, contexts, is_loop
	FROM other.definition o JOIN temp.function_of f ON f.other = o.function_id;
INSERT INTO continuation(function_id, context, calls, via, library, certainty, in_function_id,
		file_id, line, col)
	SELECT f.mine, o.context, o.calls, o.via, o.library, o.certainty, i.mine, l.mine, o.line,
		o.col
	FROM other.continuation o JOIN temp.function_of f ON f.other = o.function_id
	LEFT JOIN temp.function_of i ON i.other = o.in_function_id
	LEFT JOIN temp.file_of l ON l.other = o.file_id
	WHERE NOT EXISTS(SELECT 1 FROM main.continuation m WHERE m.function_id = f.mine
		AND m.context = o.context AND m.via IS o.via AND m.file_id IS l.mine
		AND m.line IS o.line AND m.col IS o.col)
	ORDER BY o.continuation_id;
INSERT OR IGNORE INTO call_edge SELECT a.mine, b.mine, kind, line, calls, targets, via
	FROM other.call_edge o JOIN temp.function_of a ON a.other = o.caller_id
	JOIN temp.function_of b ON b.other = o.callee_id;
INSERT OR IGNORE INTO unresolved_call SELECT f.mine, n, line, col, place, targets, reason,
		outside, o.kind, o.via
	FROM other.unresolved_call o JOIN temp.function_of f ON f.other = o.function_id;
DELETE FROM other_way WHERE finding_id IN (SELECT f.mine FROM other.other_way o
	JOIN temp.finding_of f ON f.other = o.finding_id);
INSERT INTO other_way SELECT f.mine, n, file, line, col, function, message, like_it,
		steps, cut
	FROM other.other_way o JOIN temp.finding_of f ON f.other = o.finding_id;

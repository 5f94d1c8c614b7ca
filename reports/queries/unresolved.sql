-- calls through pointers whose targets are not known, or were cut
SELECT function, at, place, targets, contexts, outside, reason FROM unresolved_calls
	ORDER BY outside, at

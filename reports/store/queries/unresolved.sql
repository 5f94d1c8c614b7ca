-- calls through pointers, and callbacks handed over, whose targets are not known or were cut
SELECT function, kind, at, place, via, targets, contexts, outside, reason FROM unresolved_calls
	ORDER BY outside, kind, at

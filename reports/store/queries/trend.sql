-- findings and coverage run by run
SELECT run, series, label, started_at, branch, "commit", findings, units, continuations,
	indirect_resolved || '/' || indirect_calls indirect FROM runs WHERE kind = 'static'
ORDER BY series, seq

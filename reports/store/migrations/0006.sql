-- What continuations cost. Runs from before have no rows: nothing is said about them.
CREATE TABLE continuation_cost(
	run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	function_id INTEGER NOT NULL REFERENCES function,
	degree INTEGER NOT NULL,
	cost TEXT NOT NULL,
	PRIMARY KEY(run_id, function_id)
) STRICT, WITHOUT ROWID;

-- What continuations made others wait for, and the system calls of audited runs.
ALTER TABLE trace_function ADD COLUMN waited_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace_function ADD COLUMN blamed_packets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace_function ADD COLUMN blamed_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace_function ADD COLUMN growths INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace_function ADD COLUMN overruns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace_function ADD COLUMN max_held_ns INTEGER NOT NULL DEFAULT 0;
CREATE TABLE trace_call(
	trace_call_id INTEGER PRIMARY KEY,
	trace_id INTEGER NOT NULL REFERENCES trace ON DELETE CASCADE,
	function_id INTEGER NOT NULL REFERENCES function,
	syscall TEXT NOT NULL,
	descriptor TEXT,
	at TEXT,
	calls INTEGER NOT NULL,
	total_ns INTEGER NOT NULL,
	max_ns INTEGER NOT NULL,
	stack TEXT
) STRICT;
CREATE INDEX trace_call_trace ON trace_call(trace_id);

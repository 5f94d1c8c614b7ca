-- The findings database, version 11: its tables. The views, the stored queries and the description
-- of every table and column are in views.sql; people should use the views.
--
-- A run is a complete snapshot that never changes. `finding` is identity and never changes,
-- `variant` is what it looked like (content-addressed, shared by all runs in which nothing changed),
-- `occurrence` is history. Whoever changes a table here raises user_version and adds
-- migrations/NNNN.sql, which brings the version before to this one.
PRAGMA application_id = 0x434C4E54; -- 'CLNT', so that file(1) can name it
PRAGMA user_version = 11;

CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE rule(
	rule_id TEXT PRIMARY KEY,
	family TEXT NOT NULL,
	level TEXT NOT NULL CHECK(level IN ('error', 'warning', 'note')),
	precision TEXT NOT NULL CHECK(precision IN ('very-high', 'high', 'medium', 'low')),
	summary TEXT NOT NULL,
	why TEXT NOT NULL,
	instead TEXT NOT NULL,
	misses TEXT NOT NULL,
	help_uri TEXT,
	tags TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;

CREATE TABLE run(
	run_id INTEGER PRIMARY KEY,
	uuid TEXT NOT NULL UNIQUE,
	kind TEXT NOT NULL CHECK(kind IN ('static', 'dynamic')),
	series TEXT NOT NULL DEFAULT 'default',
	seq INTEGER NOT NULL,
	label TEXT,
	scope TEXT NOT NULL CHECK(scope IN ('full', 'partial')),
	status TEXT NOT NULL CHECK(status IN ('ok', 'incomplete')),
	started_at TEXT NOT NULL,
	finished_at TEXT NOT NULL,
	tool_version TEXT NOT NULL,
	config_hash TEXT,
	models_hash TEXT,
	vcs_commit TEXT,
	vcs_branch TEXT,
	vcs_dirty INTEGER CHECK(vcs_dirty IN (0, 1)),
	root TEXT,
	ci_url TEXT,
	props TEXT NOT NULL DEFAULT '{}',
	UNIQUE(series, kind, seq)
) STRICT;

CREATE TABLE run_rule(
	run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	rule_id TEXT NOT NULL REFERENCES rule,
	PRIMARY KEY(run_id, rule_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE coverage(
	run_id INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
	units INTEGER NOT NULL,
	functions INTEGER NOT NULL,
	continuations INTEGER NOT NULL,
	indirect_calls INTEGER NOT NULL,
	indirect_resolved INTEGER NOT NULL,
	indirect_cut INTEGER NOT NULL,
	indirect_unresolved INTEGER NOT NULL,
	io_indirect_calls INTEGER NOT NULL,
	io_indirect_resolved INTEGER NOT NULL,
	io_indirect_cut INTEGER NOT NULL,
	io_indirect_unresolved INTEGER NOT NULL,
	ambiguous_names INTEGER NOT NULL,
	indirect_outside INTEGER NOT NULL DEFAULT 0,
	io_indirect_outside INTEGER NOT NULL DEFAULT 0,
	registrations_unresolved INTEGER NOT NULL DEFAULT 0,
	registrations_outside INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE file(file_id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE file_version(
	file_version_id INTEGER PRIMARY KEY,
	file_id INTEGER NOT NULL REFERENCES file,
	content_hash TEXT NOT NULL,
	UNIQUE(file_id, content_hash)
) STRICT;

CREATE TABLE run_file(
	run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	file_version_id INTEGER NOT NULL REFERENCES file_version,
	PRIMARY KEY(run_id, file_version_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE unit(
	unit_id INTEGER PRIMARY KEY,
	file_id INTEGER NOT NULL REFERENCES file,
	command_hash TEXT NOT NULL,
	target TEXT NOT NULL,
	UNIQUE(file_id, command_hash)
) STRICT;

CREATE TABLE run_unit(
	run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	unit_id INTEGER NOT NULL REFERENCES unit,
	status TEXT NOT NULL CHECK(status IN
		('ok', 'cached', 'parse-error', 'failed', 'crashed', 'timeout', 'memory')),
	errors INTEGER NOT NULL,
	wall_ms INTEGER NOT NULL,
	cpu_ms INTEGER NOT NULL,
	peak_kib INTEGER NOT NULL,
	problem TEXT,
	PRIMARY KEY(run_id, unit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_unit_unit ON run_unit(unit_id);

CREATE TABLE function(
	function_id INTEGER PRIMARY KEY,
	usr TEXT NOT NULL,
	name TEXT NOT NULL,
	file_id INTEGER REFERENCES file
) STRICT;
-- Two programs of one project may both have a main().
CREATE UNIQUE INDEX function_usr ON function(usr, coalesce(file_id, 0));
CREATE INDEX function_name ON function(name);
CREATE INDEX function_file ON function(file_id);

CREATE TABLE finding(
	finding_id INTEGER PRIMARY KEY,
	fp TEXT NOT NULL UNIQUE,
	fp_loose TEXT NOT NULL,
	rule_id TEXT NOT NULL REFERENCES rule,
	context TEXT NOT NULL,
	sink TEXT NOT NULL,
	sink_text TEXT NOT NULL
) STRICT;
CREATE INDEX finding_rule ON finding(rule_id);
CREATE INDEX finding_loose ON finding(fp_loose);

CREATE TABLE variant(
	variant_id INTEGER PRIMARY KEY,
	finding_id INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,
	hash TEXT NOT NULL UNIQUE,
	level TEXT NOT NULL CHECK(level IN ('error', 'warning', 'note')),
	confidence TEXT NOT NULL CHECK(confidence IN ('high', 'medium', 'low')),
	score REAL NOT NULL,
	confidence_text TEXT,
	message TEXT NOT NULL,
	instead TEXT,
	condition TEXT,
	decided TEXT NOT NULL CHECK(decided IN ('proven', 'assumed', 'unknown')),
	root_id INTEGER NOT NULL REFERENCES function,
	function_id INTEGER NOT NULL REFERENCES function,
	file_id INTEGER NOT NULL REFERENCES file,
	line INTEGER NOT NULL,
	col INTEGER NOT NULL,
	end_line INTEGER,
	end_col INTEGER,
	unit_file_id INTEGER REFERENCES file,
	other_roots INTEGER NOT NULL,
	other_paths INTEGER NOT NULL,
	steps INTEGER NOT NULL,
	gh_hash TEXT
) STRICT;
CREATE INDEX variant_finding ON variant(finding_id);
CREATE INDEX variant_root ON variant(root_id);
CREATE INDEX variant_function ON variant(function_id);

CREATE TABLE path_step(
	variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
	n INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK(kind IN
		('register', 'enter', 'call', 'indirect', 'loop', 'sink', 'note')),
	function_id INTEGER REFERENCES function,
	file_id INTEGER REFERENCES file,
	line INTEGER NOT NULL,
	col INTEGER NOT NULL,
	end_line INTEGER,
	end_col INTEGER,
	message TEXT NOT NULL,
	PRIMARY KEY(variant_id, n)
) STRICT, WITHOUT ROWID;

-- The largest table of a long history: one tree, ordered by run. Who asks for the runs of one
-- finding goes from the runs to it.
CREATE TABLE occurrence(
	run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	finding_id INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,
	variant_id INTEGER NOT NULL REFERENCES variant,
	carried INTEGER NOT NULL DEFAULT 0 CHECK(carried IN (0, 1)),
	PRIMARY KEY(run_id, finding_id)
) STRICT, WITHOUT ROWID;

-- What hides findings, and what it hid.

CREATE TABLE suppression(
	suppression_id INTEGER PRIMARY KEY,
	kind TEXT NOT NULL CHECK(kind IN ('in-source', 'config', 'baseline', 'review')),
	target TEXT NOT NULL,
	reason TEXT,
	author TEXT,
	created_at TEXT,
	expires_at TEXT,
	where_path TEXT,
	where_line INTEGER
) STRICT;
CREATE UNIQUE INDEX suppression_key ON suppression(kind, target, coalesce(reason, ''),
	coalesce(where_path, ''), coalesce(where_line, 0));

CREATE TABLE occurrence_suppression(
	run_id INTEGER NOT NULL,
	finding_id INTEGER NOT NULL,
	suppression_id INTEGER NOT NULL REFERENCES suppression,
	PRIMARY KEY(run_id, finding_id, suppression_id),
	FOREIGN KEY(run_id, finding_id) REFERENCES occurrence(run_id, finding_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE run_suppression(
	run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	suppression_id INTEGER NOT NULL REFERENCES suppression,
	hits INTEGER NOT NULL,
	PRIMARY KEY(run_id, suppression_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE baseline(
	name TEXT PRIMARY KEY,
	created_at TEXT NOT NULL,
	run_id INTEGER REFERENCES run ON DELETE SET NULL,
	comment TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE baseline_finding(
	name TEXT NOT NULL REFERENCES baseline ON DELETE CASCADE,
	fp TEXT NOT NULL,
	count INTEGER NOT NULL DEFAULT 1,
	PRIMARY KEY(name, fp)
) STRICT, WITHOUT ROWID;

CREATE TABLE review(
	review_id INTEGER PRIMARY KEY,
	finding_id INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,
	at TEXT NOT NULL,
	author TEXT NOT NULL,
	status TEXT NOT NULL CHECK(status IN
		('unreviewed', 'confirmed', 'false-positive', 'intentional')),
	comment TEXT
) STRICT;
CREATE INDEX review_finding ON review(finding_id);

-- What instrumented programs saw.

CREATE TABLE trace(
	trace_id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	build_id TEXT,
	workload TEXT,
	clock TEXT NOT NULL,
	duration_ns INTEGER NOT NULL,
	dropped INTEGER NOT NULL DEFAULT 0,
	overwritten INTEGER NOT NULL DEFAULT 0,
	path TEXT
) STRICT;
CREATE INDEX trace_run ON trace(run_id);

CREATE TABLE trace_function(
	trace_id INTEGER NOT NULL REFERENCES trace ON DELETE CASCADE,
	function_id INTEGER NOT NULL REFERENCES function,
	context TEXT NOT NULL CHECK(context IN ('io', 'worker')),
	calls INTEGER NOT NULL,
	total_ns INTEGER NOT NULL,
	p50_ns INTEGER NOT NULL,
	p99_ns INTEGER NOT NULL,
	max_ns INTEGER NOT NULL,
	histogram TEXT,
	waited_ns INTEGER NOT NULL DEFAULT 0,
	blamed_packets INTEGER NOT NULL DEFAULT 0,
	blamed_ns INTEGER NOT NULL DEFAULT 0,
	growths INTEGER NOT NULL DEFAULT 0,
	overruns INTEGER NOT NULL DEFAULT 0,
	max_held_ns INTEGER NOT NULL DEFAULT 0,
	noted INTEGER,
	heavy INTEGER,
	blocked INTEGER,
	stalled INTEGER,
	PRIMARY KEY(trace_id, function_id, context)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE evidence(
	finding_id INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,
	trace_id INTEGER NOT NULL REFERENCES trace ON DELETE CASCADE,
	variant_id INTEGER NOT NULL REFERENCES variant ON DELETE CASCADE,
	verdict TEXT NOT NULL CHECK(verdict IN
		('confirmed', 'unclear', 'fast', 'within-budget', 'sink-not-reached',
		'not-executed')),
	calls INTEGER NOT NULL,
	total_ns INTEGER NOT NULL,
	p50_ns INTEGER NOT NULL,
	p99_ns INTEGER NOT NULL,
	max_ns INTEGER NOT NULL,
	budget_ns INTEGER NOT NULL,
	stack TEXT,
	PRIMARY KEY(finding_id, trace_id)
) STRICT, WITHOUT ROWID;

-- What continuations cost, kept for each run so that any two can be compared.
CREATE TABLE continuation_cost(
	run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	function_id INTEGER NOT NULL REFERENCES function,
	degree INTEGER NOT NULL,
	cost TEXT NOT NULL,
	PRIMARY KEY(run_id, function_id)
) STRICT, WITHOUT ROWID;

-- The program of the last run: replaced by each run, no history.

CREATE TABLE definition(
	function_id INTEGER PRIMARY KEY REFERENCES function,
	line INTEGER NOT NULL,
	end_line INTEGER NOT NULL,
	contexts TEXT NOT NULL,
	is_loop INTEGER NOT NULL CHECK(is_loop IN (0, 1))
) STRICT;

CREATE TABLE continuation(
	continuation_id INTEGER PRIMARY KEY,
	function_id INTEGER NOT NULL REFERENCES function,
	context TEXT NOT NULL CHECK(context IN
		('io', 'worker', 'startup', 'shutdown', 'signal', 'child', 'same')),
	calls TEXT NOT NULL CHECK(calls IN ('many', 'once', 'at-most-once')),
	via TEXT,
	library TEXT,
	certainty REAL NOT NULL,
	in_function_id INTEGER REFERENCES function,
	file_id INTEGER REFERENCES file,
	line INTEGER,
	col INTEGER
) STRICT;
CREATE INDEX continuation_function ON continuation(function_id);

-- The largest table, written anew by each run: so it has no second index, and no foreign keys that
-- would be checked row by row. Nor IN (...) of more than two words: SQLite builds a table of them for
-- each row that it checks.
CREATE TABLE call_edge(
	caller_id INTEGER NOT NULL,
	callee_id INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK(kind = 'direct' OR kind = 'indirect' OR kind = 'synchronous'
		OR kind = 'external'),
	line INTEGER NOT NULL,
	calls INTEGER NOT NULL,
	targets INTEGER NOT NULL,
	via TEXT,
	PRIMARY KEY(caller_id, callee_id, kind)
) STRICT, WITHOUT ROWID;

-- Their own steps as JSON: nobody joins over them, and rows of their own would be most of the file.
CREATE TABLE other_way(
	finding_id INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,
	n INTEGER NOT NULL,
	file TEXT,
	line INTEGER NOT NULL,
	col INTEGER NOT NULL,
	function TEXT,
	message TEXT NOT NULL,
	like_it INTEGER NOT NULL,
	steps TEXT NOT NULL,
	cut INTEGER NOT NULL,
	PRIMARY KEY(finding_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE unresolved_call(
	function_id INTEGER NOT NULL REFERENCES function,
	n INTEGER NOT NULL,
	line INTEGER NOT NULL,
	col INTEGER NOT NULL,
	place TEXT,
	targets INTEGER NOT NULL,
	reason TEXT,
	outside INTEGER NOT NULL DEFAULT 0 CHECK(outside IN (0, 1)),
	kind TEXT NOT NULL DEFAULT 'call' CHECK(kind IN ('call', 'registration')),
	via TEXT,
	PRIMARY KEY(function_id, n)
) STRICT, WITHOUT ROWID;

-- The database explains itself.

CREATE TABLE named_query(
	name TEXT PRIMARY KEY,
	title TEXT NOT NULL,
	sql TEXT NOT NULL,
	params TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;

CREATE TABLE schema_doc(
	object TEXT NOT NULL,
	column TEXT NOT NULL DEFAULT '',
	doc TEXT NOT NULL,
	PRIMARY KEY(object, column)
) STRICT, WITHOUT ROWID;

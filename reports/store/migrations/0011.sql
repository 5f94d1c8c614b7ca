-- The other ways of a finding, beside the path that is shown. Runs from before have none.
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

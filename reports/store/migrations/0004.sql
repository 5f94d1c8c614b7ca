-- Occurrences by run first: one tree instead of two, a third less of file for the same answers.
CREATE TEMP TABLE kept AS SELECT run_id, finding_id, variant_id, carried FROM occurrence;
CREATE TEMP TABLE hidden AS SELECT run_id, finding_id, suppression_id FROM occurrence_suppression;
DROP TABLE occurrence_suppression;
DROP TABLE occurrence;
CREATE TABLE occurrence(
	run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	finding_id INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,
	variant_id INTEGER NOT NULL REFERENCES variant,
	carried INTEGER NOT NULL DEFAULT 0 CHECK(carried IN (0, 1)),
	PRIMARY KEY(run_id, finding_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE occurrence_suppression(
	run_id INTEGER NOT NULL,
	finding_id INTEGER NOT NULL,
	suppression_id INTEGER NOT NULL REFERENCES suppression,
	PRIMARY KEY(run_id, finding_id, suppression_id),
	FOREIGN KEY(run_id, finding_id) REFERENCES occurrence(run_id, finding_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO occurrence SELECT * FROM temp.kept ORDER BY run_id, finding_id;
INSERT INTO occurrence_suppression SELECT * FROM temp.hidden;
DROP TABLE temp.kept;
DROP TABLE temp.hidden;

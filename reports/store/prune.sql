-- Takes out the runs in temp.old(run_id) and whatever nothing points to any more. Foreign keys are
-- off meanwhile, because checking each of them would search tables that have no index for it; the
-- caller asks foreign_key_check before it commits.
DELETE FROM evidence WHERE trace_id IN
	(SELECT trace_id FROM trace WHERE run_id IN (SELECT run_id FROM temp.old));
DELETE FROM trace_function WHERE trace_id IN
	(SELECT trace_id FROM trace WHERE run_id IN (SELECT run_id FROM temp.old));
DELETE FROM trace_call WHERE trace_id IN
	(SELECT trace_id FROM trace WHERE run_id IN (SELECT run_id FROM temp.old));
DELETE FROM trace WHERE run_id IN (SELECT run_id FROM temp.old);
DELETE FROM occurrence_suppression WHERE run_id IN (SELECT run_id FROM temp.old);
DELETE FROM run_suppression WHERE run_id IN (SELECT run_id FROM temp.old);
DELETE FROM continuation_cost WHERE run_id IN (SELECT run_id FROM temp.old);
DELETE FROM occurrence WHERE run_id IN (SELECT run_id FROM temp.old);
DELETE FROM run_unit WHERE run_id IN (SELECT run_id FROM temp.old);
DELETE FROM run_file WHERE run_id IN (SELECT run_id FROM temp.old);
DELETE FROM run_rule WHERE run_id IN (SELECT run_id FROM temp.old);
DELETE FROM coverage WHERE run_id IN (SELECT run_id FROM temp.old);
UPDATE baseline SET run_id = NULL WHERE run_id IN (SELECT run_id FROM temp.old);
DELETE FROM run WHERE run_id IN (SELECT run_id FROM temp.old);

DELETE FROM variant WHERE variant_id NOT IN (SELECT variant_id FROM occurrence)
	AND variant_id NOT IN (SELECT variant_id FROM evidence);
DELETE FROM path_step WHERE variant_id NOT IN (SELECT variant_id FROM variant);
-- What people said about a finding stays, and the finding with it.
DELETE FROM finding WHERE finding_id NOT IN (SELECT finding_id FROM occurrence)
	AND finding_id NOT IN (SELECT finding_id FROM variant)
	AND finding_id NOT IN (SELECT finding_id FROM review);
DELETE FROM other_way WHERE finding_id NOT IN (SELECT finding_id FROM finding);
DELETE FROM suppression WHERE suppression_id NOT IN
		(SELECT suppression_id FROM occurrence_suppression)
	AND suppression_id NOT IN (SELECT suppression_id FROM run_suppression);
DELETE FROM unit WHERE unit_id NOT IN (SELECT unit_id FROM run_unit);
DELETE FROM file_version WHERE file_version_id NOT IN (SELECT file_version_id FROM run_file);
DELETE FROM function WHERE function_id NOT IN (
	SELECT function_id FROM definition UNION SELECT function_id FROM continuation
	UNION SELECT in_function_id FROM continuation WHERE in_function_id IS NOT NULL
	UNION SELECT caller_id FROM call_edge UNION SELECT callee_id FROM call_edge
	UNION SELECT function_id FROM unresolved_call UNION SELECT function_id FROM trace_function
	UNION SELECT function_id FROM trace_call
	UNION SELECT root_id FROM variant UNION SELECT function_id FROM variant
	UNION SELECT function_id FROM path_step WHERE function_id IS NOT NULL);
DELETE FROM file WHERE file_id NOT IN (
	SELECT file_id FROM file_version UNION SELECT file_id FROM unit
	UNION SELECT file_id FROM function WHERE file_id IS NOT NULL
	UNION SELECT file_id FROM continuation WHERE file_id IS NOT NULL
	UNION SELECT file_id FROM variant
	UNION SELECT unit_file_id FROM variant WHERE unit_file_id IS NOT NULL
	UNION SELECT file_id FROM path_step WHERE file_id IS NOT NULL);

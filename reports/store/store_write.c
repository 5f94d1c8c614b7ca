/* One run into the database, in one transaction: all of it or nothing. */
#include "reports/store/store_writer.h"

#include <string.h>

static char *now(void)
{
	g_autoptr(GDateTime) time = g_date_time_new_now_utc();

	return g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}

static const char *series(const struct store_run *run)
{
	return run->series ? run->series : "default";
}

static bool write_run(struct writer *writer, GError **error)
{
	const struct store_run *run = writer->run;
	g_autofree char *finished = now();
	gint64 seq;

	if (!writer_find(writer, &writer->previous_run_id, error,
			 "SELECT run_id FROM run WHERE series = ? AND kind = 'static'"
			 " ORDER BY seq DESC LIMIT 1",
			 "s", series(run)) ||
	    !writer_find(writer, &seq, error,
			 "SELECT max(seq) FROM run WHERE series = ? AND kind = 'static'", "s",
			 series(run)))
		return false;
	if (!writer_run(
		    writer, error,
		    "INSERT INTO run(uuid, kind, series, seq, label, scope, status, started_at,"
		    " finished_at, tool_version, config_hash, models_hash, vcs_commit,"
		    " vcs_branch, vcs_dirty, root, props)"
		    " VALUES(lower(hex(randomblob(16))), 'static', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
		    "  ?, nullif(?, -1), ?, iif(?15 IS NULL, '{}', json_object('input', ?15)))",
		    "sissssssssssiss", series(run), seq + 1, run->label,
		    run->partial ? "partial" : "full", run->incomplete ? "incomplete" : "ok",
		    run->started_at ? run->started_at : finished, finished, CONTLINT_VERSION,
		    run->config_hash, run->models_hash, run->vcs_commit, run->vcs_branch,
		    (gint64)run->vcs_dirty, run->root, run->input_hash))
		return false;
	writer->run_id = writer_last_id(writer);
	return true;
}

static bool write_rule(struct writer *writer, const struct rule *rule, GError **error)
{
	return writer_run(
		       writer, error,
		       "INSERT INTO rule(rule_id, family, level, precision, summary, why, instead,"
		       " misses) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
		       " ON CONFLICT(rule_id) DO UPDATE SET family = excluded.family,"
		       " level = excluded.level, precision = excluded.precision,"
		       " summary = excluded.summary, why = excluded.why,"
		       " instead = excluded.instead, misses = excluded.misses",
		       "ssssssss", rule->id, rule->family, finding_level_name(rule->level),
		       rule->precision, rule->summary, rule->why, rule->instead, rule->misses) &&
	       writer_run(writer, error, "INSERT INTO run_rule VALUES(?, ?)", "is", writer->run_id,
			  rule->id);
}

static bool write_rules(struct writer *writer, GError **error)
{
	for (const struct rule *const *rule = writer->run->rules; *rule; rule++)
		if (!write_rule(writer, *rule, error))
			return false;
	return true;
}

static bool write_coverage(struct writer *writer, GError **error)
{
	const struct program_coverage *coverage = &writer->run->program->coverage;

	return writer_run(
		writer, error,
		"INSERT INTO coverage VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"iuuuuuuuuuuuuuuuu", writer->run_id, coverage->units, coverage->functions,
		coverage->continuations, coverage->indirect_calls, coverage->indirect_resolved,
		coverage->indirect_cut, coverage->indirect_unresolved, coverage->io_indirect_calls,
		coverage->io_indirect_resolved, coverage->io_indirect_cut,
		coverage->io_indirect_unresolved, coverage->ambiguous_names,
		coverage->indirect_outside, coverage->io_indirect_outside,
		coverage->registrations_unresolved, coverage->registrations_outside);
}

static void finalize(void *statement)
{
	(void)sqlite3_finalize(statement);
}

void writer_init(struct writer *writer, const struct store *store, const struct store_run *run)
{
	*writer = (struct writer){.store = store, .run = run};
	writer->statements = g_hash_table_new_full(NULL, NULL, NULL, finalize);
	writer->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	writer->functions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	writer->function_ids = g_new0(gint64, run->program->function_count + 1);
}

void writer_clear(struct writer *writer)
{
	g_hash_table_unref(writer->statements);
	g_hash_table_unref(writer->files);
	g_hash_table_unref(writer->functions);
	g_clear_pointer(&writer->by_usr, g_hash_table_unref);
	g_free(writer->function_ids);
}

bool store_add_run(struct store *store, const struct store_run *run, gint64 *ret_run_id,
		   GError **error)
{
	struct writer writer;
	bool ok;

	/* IMMEDIATE: whoever comes second waits here and not in the middle. */
	if (!store_exec(store, "BEGIN IMMEDIATE", error))
		return false;
	writer_init(&writer, store, run);
	ok = write_run(&writer, error) && write_rules(&writer, error) &&
	     write_coverage(&writer, error) && store_write_units(&writer, error) &&
	     store_write_graph(&writer, error) && store_write_findings(&writer, error) &&
	     store_carry_forward(&writer, error) && store_move_reviews(&writer, error);
	writer_clear(&writer);
	ok = ok && store_exec(store, "COMMIT", error);
	if (!ok)
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	else if (ret_run_id)
		*ret_run_id = writer.run_id;
	return ok;
}

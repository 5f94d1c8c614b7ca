/* From facts to an exit code. */
#include "cli/judging.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/costs/cost.h"
#include "analyzer/file_path.h"
#include "analyzer/program.h"
#include "analyzer/units/workers.h"
#include "cli/command.h"
#include "cli/configuring.h"
#include "cli/degrees.h"
#include "cli/model_places.h"
#include "cli/linking.h"
#include "cli/outputs.h"
#include "cli/rule_choice.h"
#include "cli/shown.h"
#include "cli/vcs.h"
#include "reports/store/store.h"
#include "rules/day.h"
#include "rules/judge.h"
#include "rules/suppress.h"

enum { PROBLEMS_SHOWN = 20, ERRORS_SHOWN = 5 };

void judging_init(struct judging *judging)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();

	*judging = (struct judging){.words.budget_us = JUDGING_NOT_SAID,
				    .started_us = g_get_monotonic_time()};
	judging->started_at = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
	timings_start(&judging->phases);
}

void judging_clear(struct judging *judging)
{
	struct judging_words *words = &judging->words;

	g_free(words->root);
	g_free(words->database);
	g_free(words->series);
	g_free(words->label);
	g_free(words->rules);
	g_free(words->confidence);
	g_free(words->fail_on);
	g_free(words->base);
	g_free(words->baseline);
	g_free(words->config);
	g_strfreev(words->models);
	g_strfreev(words->formats);
	if (judging->outputs)
		g_ptr_array_unref(judging->outputs);
	g_free(judging->rules);
	models_free(judging->models);
	filtering_clear(&judging->filtering);
	settings_free(judging->settings);
	g_free(judging->settings_path);
	gate_clear(&judging->gate);
	baseline_free(judging->baseline);
	g_free(judging->models_hash);
	g_free(judging->root);
	g_free(judging->database);
	g_free(judging->started_at);
	g_free(judging->units_hash);
}

void judging_add_entries(struct judging *judging, GArray *entries)
{
	struct judging_words *words = &judging->words;
	const GOptionEntry rows[] = {
		{"root", 0, 0, G_OPTION_ARG_FILENAME, &words->root,
		 "the project's folder; paths are told relative to it", "DIR"},
		{"config", 0, 0, G_OPTION_ARG_FILENAME, &words->config,
		 "the configuration (default: " SETTINGS_FILE " of the project)", "FILE"},
		{"no-config", 0, 0, G_OPTION_ARG_NONE, &words->no_config, "read no configuration",
		 NULL},
		{"db", 0, 0, G_OPTION_ARG_FILENAME, &words->database,
		 "findings database (default: .contlint/contlint.db in the project)", "FILE"},
		{"series", 0, 0, G_OPTION_ARG_STRING, &words->series,
		 "runs that are compared with each other: a branch, a configuration (default: "
		 "default)",
		 "NAME"},
		{"label", 0, 0, G_OPTION_ARG_STRING, &words->label,
		 "a name for this run, for contlint diff", "NAME"},
		{"no-db", 0, 0, G_OPTION_ARG_NONE, &words->no_database, "store nothing", NULL},
		{"models", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words->models,
		 "further folder of models; may be repeated", "DIR"},
		{"rules", 'r', 0, G_OPTION_ARG_STRING, &words->rules,
		 "rules to run: a,b only these; +a,-b changes the default; * stands for any "
		 "letters",
		 "LIST"},
		{"budget-us", 0, 0, G_OPTION_ARG_INT, &words->budget_us,
		 "microseconds that a continuation may compute (default: 1000; loops over "
		 "constants are told with low confidence below 10000, their time is a guess)",
		 "N"},
		{"confidence", 0, 0, G_OPTION_ARG_STRING, &words->confidence,
		 "show findings of this confidence and better: low, medium (default), high",
		 "LEVEL"},
		{"format", 0, 0, G_OPTION_ARG_STRING_ARRAY, &words->formats,
		 "how findings are written, and where; may be repeated (default: text)",
		 "FORMAT[=FILE]"},
		{"fail-on", 0, 0, G_OPTION_ARG_STRING, &words->fail_on,
		 "what makes exit 1: any shown finding (default), warning, error, new (default "
		 "with "
		 "--base), new-confirmed, confirmed, none",
		 "WHAT"},
		{"base", 0, 0, G_OPTION_ARG_STRING, &words->base,
		 "what is not new: a run as in contlint diff, a commit, or a baseline file",
		 "RUN|REF|FILE"},
		{"degree-increase", 0, 0, G_OPTION_ARG_NONE, &words->degree_increase,
		 "a continuation whose cost grows faster with the data than in the base makes "
		 "exit 1 as well",
		 NULL},
		{"baseline", 0, 0, G_OPTION_ARG_FILENAME, &words->baseline,
		 "findings that are accepted (default: " BASELINE_FILE " of the project)", "FILE"},
		{"no-baseline", 0, 0, G_OPTION_ARG_NONE, &words->no_baseline,
		 "show accepted findings too", NULL},
		FILTERING_ENTRIES(&judging->filtering),
		{"require-reason", 0, 0, G_OPTION_ARG_NONE, &words->require_reason,
		 "a suppression that does not say why is an error", NULL},
		{"allow-incomplete", 0, 0, G_OPTION_ARG_NONE, &words->allow_incomplete,
		 "units that could not be analysed do not make exit 3", NULL},
		{"explain-confidence", 0, 0, G_OPTION_ARG_NONE, &words->explain_confidence,
		 "say what each confidence is made of", NULL},
		{"timings", 0, 0, G_OPTION_ARG_NONE, &words->timings,
		 "say what each phase took, on stderr", NULL},
		{"quiet", 'q', 0, G_OPTION_ARG_NONE, &words->quiet,
		 "no progress, no summary; findings and errors only", NULL},
	};

	g_array_append_vals(entries, rows, G_N_ELEMENTS(rows));
}

bool judging_read_words(struct judging *judging)
{
	struct judging_words *words = &judging->words;
	g_autoptr(GError) error = NULL;

	judging->confidence = FINDING_MEDIUM;
	if (words->confidence &&
	    !shown_find_confidence(words->confidence, &judging->confidence, &error)) {
		cli_error("--confidence %s", error->message);
		return false;
	}
	if (!gate_read(&judging->gate, words->fail_on, words->base))
		return false;
	judging->gate.degrees = words->degree_increase;
	if (words->budget_us <= 0 && words->budget_us != JUDGING_NOT_SAID) {
		cli_error("--budget-us is a number of microseconds above 0");
		return false;
	}
	g_clear_pointer(&judging->outputs, g_ptr_array_unref);
	judging->outputs = outputs_parse(words->formats);
	if (!judging->outputs)
		return false;
	g_clear_pointer(&judging->rules, g_free);
	judging->rules = rule_choice_parse(words->rules, &error);
	if (!judging->rules)
		cli_error("%s", error->message);
	return judging->rules != NULL;
}

/* What we write into a project is no part of it: git must not see it. */
static void ignore_own_folder(const char *folder)
{
	g_autofree char *name = g_path_get_basename(folder);
	g_autofree char *path = g_build_filename(folder, ".gitignore", NULL);

	if (strcmp(name, ".contlint") == 0 && !g_file_test(path, G_FILE_TEST_EXISTS))
		(void)g_file_set_contents(path, "*\n!models/\n!models/**\n", -1, NULL);
}

/* A database of another kind or a folder that cannot be written is told before the long work. */
static bool try_database(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autoptr(GError) error = NULL;
	g_autoptr(store_t) store = NULL;

	if (g_mkdir_with_parents(folder, 0777) < 0 || access(folder, W_OK | X_OK) < 0) {
		cli_error("%s: cannot be written: %s; choose another with --db, or --no-db", path,
			  g_strerror(errno));
		return false;
	}
	ignore_own_folder(folder);
	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	store = store_open(path, &error);
	if (!store)
		cli_error("%s", error->message);
	return store != NULL;
}

/* The baseline that was named, or the project's if it has one. */
static int open_baseline(struct judging *judging)
{
	const struct judging_words *words = &judging->words;
	g_autofree char *usual = g_build_filename(judging->root, BASELINE_FILE, NULL);
	const char *path = words->baseline ? words->baseline : usual;
	g_autoptr(GError) error = NULL;

	if (words->no_baseline || (!words->baseline && !g_file_test(usual, G_FILE_TEST_IS_REGULAR)))
		return CLI_OK;
	judging->baseline = baseline_read(path, &error);
	for (guint i = 0; judging->baseline && judging->rules[i]; i++)
		baseline_rule_is_on(judging->baseline, judging->rules[i]->id);
	if (judging->baseline)
		return CLI_OK;
	cli_error("%s", error->message);
	return CLI_USAGE;
}

/* What the user chose to compare with, once it is known where the database is. */
static int open_comparison(struct judging *judging)
{
	const struct judging_words *words = &judging->words;
	int code = open_baseline(judging);

	if (code == CLI_OK)
		code = filtering_open(&judging->filtering, judging->root);
	return code != CLI_OK ? code
			      : gate_open(&judging->gate, words->base, judging->database,
					  words->series ? words->series : "default");
}

int judging_open(struct judging *judging, const char *root)
{
	const struct judging_words *words = &judging->words;
	g_autoptr(GError) error = NULL;

	if (configuring_read(judging, root) != CLI_OK)
		return CLI_USAGE;
	configuring_fill(judging);
	if (judging->words.budget_us == JUDGING_NOT_SAID)
		judging->words.budget_us = JUDGE_BUDGET_US;
	if (!judging_read_words(judging))
		return CLI_USAGE;
	judging->root = g_strdup(root);
	judging->models_hash = model_places_hash(root, words->models, &error);
	if (!judging->models_hash) {
		cli_error("%s", error->message);
		return CLI_USAGE;
	}
	if (words->no_database)
		return open_comparison(judging);
	judging->database = words->database
				    ? g_strdup(words->database)
				    : g_build_filename(root, ".contlint", "contlint.db", NULL);
	return try_database(judging->database) ? open_comparison(judging) : CLI_DATABASE;
}

int judging_load_models(struct judging *judging)
{
	g_autoptr(GError) error = NULL;

	judging->models = model_places_load(judging->root, judging->words.models, &error);
	if (judging->models) {
		timings_mark(&judging->phases, "models");
		return CLI_OK;
	}
	cli_error("%s", error->message);
	return CLI_USAGE;
}

/* The first compile error is mostly the reason of the others. */
static void tell_errors(const char *label, const struct facts *facts)
{
	const struct fact_diagnostic *first =
		facts_row(facts, diagnostics, struct fact_diagnostic, 0);
	guint count = facts->diagnostics->len;
	const struct fact_loc *loc;
	const struct fact_file *file;

	if (first->loc == FACT_NONE) {
		cli_warning("%s: %u compile error%s: %s", label, count, count == 1 ? "" : "s",
			    facts_string(facts, first->text));
		return;
	}
	loc = facts_row(facts, locs, struct fact_loc, first->loc);
	file = facts_row(facts, files, struct fact_file, loc->file);
	cli_warning("%s: %u compile error%s, the first at %s:%u:%u: %s", label, count,
		    count == 1 ? "" : "s", facts_string(facts, file->path), loc->line, loc->column,
		    facts_string(facts, first->text));
}

/* Tells each unit that is not whole, and sums up. */
static void count_units(const struct compdb *compdb, const GPtrArray *results,
			struct report_summary *summary)
{
	summary->units = results->len;
	for (guint i = 0; i < results->len; i++) {
		const struct unit_result *result = results->pdata[i];
		const struct compdb_unit *unit = compdb->units->pdata[i];

		summary->units_cached += result->status == UNIT_CACHED;
		if (!result->facts && ++summary->units_failed <= PROBLEMS_SHOWN)
			cli_warning("%s", result->problem);
		if (result->status == UNIT_PARSE_ERROR &&
		    ++summary->units_with_errors <= ERRORS_SHOWN)
			tell_errors(unit->label, result->facts);
	}
	if (summary->units_failed > PROBLEMS_SHOWN)
		cli_warning("%u more units failed", summary->units_failed - PROBLEMS_SHOWN);
	if (summary->units_with_errors > ERRORS_SHOWN)
		cli_warning("%u more units have compile errors",
			    summary->units_with_errors - ERRORS_SHOWN);
}

static void count_program(const struct program_coverage *coverage, struct report_summary *summary)
{
	summary->functions = coverage->functions;
	summary->continuations = coverage->continuations;
	summary->indirect_calls = coverage->indirect_calls;
	summary->indirect_resolved = coverage->indirect_resolved;
	summary->indirect_cut = coverage->indirect_cut;
	summary->indirect_unresolved = coverage->indirect_unresolved;
	summary->indirect_outside = coverage->indirect_outside;
	summary->registrations_unresolved = coverage->registrations_unresolved;
	summary->registrations_outside = coverage->registrations_outside;
}

/* What decides, beside the program and the models, which findings there are. Caller frees. */
static char *config_hash(const struct judging *judging)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

	/* The usual one leaves hashes as they were before it could be chosen. */
	if (judging->settings->hash)
		g_checksum_update(checksum, (const guchar *)judging->settings->hash, -1);
	if (judging->words.require_reason)
		g_checksum_update(checksum, (const guchar *)"reason", -1);
	if (judging->words.budget_us != JUDGE_BUDGET_US)
		g_checksum_update(checksum, (const guchar *)&judging->words.budget_us,
				  sizeof(judging->words.budget_us));
	for (guint i = 0; judging->rules[i]; i++)
		g_checksum_update(checksum, (const guchar *)judging->rules[i]->id,
				  (gssize)strlen(judging->rules[i]->id) + 1);
	return g_strdup(g_checksum_get_string(checksum));
}

/* All that decides what is found, or NULL if a part of it is unknown. Caller frees. */
static char *input_hash(const struct judging *judging, const char *units_hash)
{
	g_autofree char *config = config_hash(judging);
	g_autofree char *today = day_today(); /* suppressions expire */
	g_autofree char *text = NULL;

	if (judging->partial || !units_hash)
		return NULL;
	text = g_strjoin("\n", units_hash, config, judging->models_hash,
			 judging->baseline ? judging->baseline->hash : "", today, NULL);
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

/* What a row of the database says about a run, beside what was found. */
struct run_words {
	char *config, *input, *commit, *branch;
};

static void run_words_clear(struct run_words *words)
{
	g_free(words->config);
	g_free(words->input);
	g_free(words->commit);
	g_free(words->branch);
}

/* A run with its words, which live as long as `words`. */
static struct store_run describe_run(const struct judging *judging, const char *units_hash,
				     struct run_words *words)
{
	*words = (struct run_words){
		.config = config_hash(judging),
		.input = input_hash(judging, units_hash),
	};
	vcs_read(judging->root, &words->commit, &words->branch);
	return (struct store_run){
		.series = judging->words.series ? judging->words.series : "default",
		.label = judging->words.label,
		.partial = judging->partial,
		.started_at = judging->started_at,
		.root = judging->root,
		.config_hash = words->config,
		.models_hash = judging->models_hash,
		.vcs_commit = words->commit,
		.vcs_branch = words->branch,
		.vcs_dirty = -1,
		.rules = judging->rules,
		.input_hash = words->input,
	};
}

static bool store_run(struct judging *judging, const struct compdb *compdb,
		      const GPtrArray *results, const struct program *program,
		      const GPtrArray *findings, const GPtrArray *suppressions, bool incomplete)
{
	struct run_words words;
	struct store_run run = describe_run(judging, judging->units_hash, &words);
	g_autoptr(GError) error = NULL;
	g_autoptr(store_t) store = NULL;
	bool stored;

	run.incomplete = incomplete;
	run.compdb = compdb;
	run.results = results;
	run.program = program;
	run.costs = program_costs(program);
	run.findings = findings;
	run.suppressions = suppressions;
	store = store_open(judging->database, &error);
	stored = store && store_add_run(store, &run, &judging->run_id, &error);
	if (!stored)
		cli_error("%s", error->message);
	run_words_clear(&words);
	return stored;
}

/* What the run looks like in the database, for formats that tell it. NULL if there is none, or it
 * cannot be read: the findings are reported all the same. */
static struct record *load_record(const struct judging *judging)
{
	g_autoptr(store_t) store = NULL;

	if (!judging->database || !outputs_need_record(judging->outputs))
		return NULL;
	store = store_open_readonly(judging->database, NULL);
	return store ? record_load(store, judging->run_id, NULL) : NULL;
}

static bool write_reports(const struct judging *judging, const GPtrArray *findings,
			  const GPtrArray *shown, const struct report_summary *summary)
{
	g_autoptr(GPtrArray) suppressed = shown_suppressed(findings, &judging->filtering.filter);
	g_autoptr(record_t) record = load_record(judging);
	const struct report_input input = {
		.findings = shown,
		.suppressed = suppressed,
		.summary = summary,
		.record = record,
		.root = judging->root,
		.explain_confidence = judging->words.explain_confidence,
	};

	return outputs_write(judging->outputs, &input);
}

/* The exit code, and what the gate is about if it is no matter of levels. */
static int judge_gate(const struct judging *judging, const GPtrArray *shown, bool incomplete)
{
	g_autofree char *text = NULL;
	guint count, faster;

	if (!gate_count(&judging->gate, judging->database, judging->run_id, shown, &count) ||
	    !degrees_tell(&judging->gate, judging->database, judging->run_id, &faster))
		return CLI_DATABASE;
	text = gate_describe(&judging->gate, count, shown->len);
	if (text && !judging->words.quiet)
		(void)fprintf(stderr, "contlint: gate %s: %s\n", count > 0 ? "failed" : "passed",
			      text);
	/* A silent pass over code that was not read is the worst result: it wins. */
	if (incomplete && !judging->words.allow_incomplete)
		return CLI_INCOMPLETE;
	return count + faster > 0 ? CLI_FINDINGS : CLI_OK;
}

/* What is accepted and gone can come back unseen. */
static void tell_unused(const struct judging *judging, bool incomplete)
{
	guint unused = 0;

	if (!judging->baseline || judging->partial || incomplete || judging->words.quiet)
		return;
	for (guint i = 0; i < judging->baseline->entries->len; i++)
		unused += baseline_is_stale(judging->baseline->entries->pdata[i]);
	if (unused > 0)
		(void)fprintf(stderr,
			      "contlint: %u entr%s of the baseline match%s nothing: contlint "
			      "baseline update takes %s out\n",
			      unused, unused == 1 ? "y" : "ies", unused == 1 ? "es" : "",
			      unused == 1 ? "it" : "them");
}

/* What was accepted before. */
static void hide(const struct judging *judging, const GPtrArray *findings, GPtrArray *suppressions)
{
	g_autofree char *today = day_today();

	if (!judging->baseline)
		return;
	baseline_apply(judging->baseline, findings, today);
	baseline_describe(judging->baseline, suppressions);
}

static void print_summary(struct judging *judging, struct report_summary *summary)
{
	g_autoptr(GString) text = g_string_new(NULL);

	summary->seconds = (double)(g_get_monotonic_time() - judging->started_us) / 1e6;
	text_summary(summary, text);
	if (!judging->words.quiet)
		(void)fputs(text->str, stderr);
}

static void print_timings(const struct judging *judging, const struct compdb *compdb,
			  const GPtrArray *results)
{
	guint peak_kib = 0;
	const char *label = "";

	for (guint i = 0; i < results->len; i++) {
		const struct unit_result *result = results->pdata[i];

		if (result->peak_kib <= peak_kib)
			continue;
		peak_kib = result->peak_kib;
		label = ((const struct compdb_unit *)compdb->units->pdata[i])->label;
	}
	timings_print(&judging->phases, stderr);
	if (peak_kib > 0)
		(void)fprintf(stderr, "contlint: largest worker %u MiB, first at %s\n",
			      peak_kib / 1024, label);
}

/* The last steps, with findings new or from the database. */
static int report(struct judging *judging, const GPtrArray *findings,
		  struct report_summary *summary)
{
	g_autoptr(store_t) store =
		judging->database ? store_open_readonly(judging->database, NULL) : NULL;
	struct filter *filter = &judging->filtering.filter;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) shown = NULL;

	if (store && !filter_learn_store(filter, store, &error)) {
		cli_error("%s", error->message);
		return CLI_DATABASE;
	}
	shown = shown_choose(findings, judging->confidence, filter, store, summary);
	if (!write_reports(judging, findings, shown, summary))
		return CLI_INTERNAL;
	timings_mark(&judging->phases, "report");
	print_summary(judging, summary);
	return judge_gate(judging, shown, summary->units_failed > 0);
}

/* The findings of the last run, stored again as a new one; NULL if it was another run. */
static GPtrArray *repeat_run(struct judging *judging, const char *units_hash,
			     struct program_coverage *ret_coverage)
{
	struct run_words words;
	struct store_run run = describe_run(judging, units_hash, &words);
	g_autoptr(store_t) store = store_open(judging->database, NULL);
	GPtrArray *findings = NULL;
	bool repeated = false;

	if (store && run.input_hash &&
	    store_repeat_run(store, &run, &repeated, &judging->run_id, ret_coverage, NULL) &&
	    repeated)
		findings = store_load_findings(store, judging->run_id, 0, NULL);
	run_words_clear(&words);
	return findings;
}

bool judging_repeat(struct judging *judging, const struct compdb *compdb, const char *units_hash,
		    int *ret_code)
{
	struct report_summary summary = {.database = judging->database,
					 .units = compdb->units->len,
					 .units_cached = compdb->units->len};
	struct program_coverage coverage;
	g_autoptr(GPtrArray) findings = NULL;

	if (!judging->database || !g_file_test(judging->database, G_FILE_TEST_EXISTS))
		return false;
	findings = repeat_run(judging, units_hash, &coverage);
	if (!findings)
		return false;
	timings_mark(&judging->phases, "store");
	count_program(&coverage, &summary);
	*ret_code = report(judging, findings, &summary);
	if (judging->words.timings)
		timings_print(&judging->phases, stderr);
	return true;
}

int judging_conclude(struct judging *judging, const struct compdb *compdb, const GPtrArray *results)
{
	struct report_summary summary = {.database = judging->database};
	g_autoptr(program_t) program = NULL;
	g_autoptr(GPtrArray) findings = NULL;
	g_autoptr(GPtrArray) suppressions = NULL;
	struct rule_input input = configuring_rule_input(judging);
	int code;

	count_units(compdb, results, &summary);
	program = linking_results(results, judging->models);
	timings_mark(&judging->phases, "link");
	count_program(&program->coverage, &summary);
	input.program = program;
	if (!judging->database)
		filter_learn_program(&judging->filtering.filter, program);
	input.complete = summary.units_failed + summary.units_with_errors == 0 && !judging->partial;
	findings = judge(judging->rules, &input, &suppressions);
	settings_set_levels(judging->settings, findings);
	hide(judging, findings, suppressions);
	tell_unused(judging, summary.units_failed > 0);
	timings_mark(&judging->phases, "judge");
	if (judging->database && !store_run(judging, compdb, results, program, findings,
					    suppressions, summary.units_failed > 0))
		return CLI_DATABASE;
	timings_mark(&judging->phases, "store");
	code = report(judging, findings, &summary);
	if (judging->words.timings)
		print_timings(judging, compdb, results);
	return code;
}

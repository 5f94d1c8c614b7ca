/* contlint baseline: the file with the findings that are accepted for now, made from the latest
 * run. */
#include "cli/command.h"
#include "cli/database.h"

#include <stdio.h>
#include <string.h>

#include "reports/store/history.h"
#include "rules/baseline.h"

static int run(int argc, char **argv);

const struct command command_baseline = {
	.name = "baseline",
	.arguments = "write | update | check",
	.summary = "accept the findings that there are, so that only new ones count",
	.run = run,
};

struct accepting {
	struct database_options options;
	char *path, *confidence;
};

/* The latest run: its findings, the project's folder, the rules that were on. */
struct latest {
	GPtrArray *findings;
	char *root;
	struct table *rules;
	bool whole; /* each unit was analysed */
};

static void latest_clear(struct latest *latest)
{
	if (latest->findings)
		g_ptr_array_unref(latest->findings);
	g_free(latest->root);
	table_free(latest->rules);
}

static bool read_latest(struct store *store, struct latest *latest, gint64 *ret_id, GError **error)
{
	g_autoptr(table_t) run = NULL;
	struct store_param id = {"id", NULL};
	g_autofree char *number = NULL;

	if (!history_find_run(store, "latest", ret_id, error))
		return false;
	id.value = number = g_strdup_printf("%" G_GINT64_FORMAT, *ret_id);
	run = table_read(store, "SELECT root, status = 'ok' FROM run WHERE run_id = :id", &id, 1,
			 error);
	if (!run)
		return false;
	if (table_row_count(run) == 0)
		return true;
	latest->root = g_strdup(table_text(run, 0, 0));
	latest->whole = g_strcmp0(table_text(run, 0, 1), "1") == 0;
	latest->rules = table_read(store, "SELECT rule_id FROM run_rule WHERE run_id = :id", &id, 1,
				   error);
	latest->findings =
		latest->rules ? store_load_findings(store, *ret_id, 0, error) : NULL;
	return latest->findings != NULL;
}

static int load(const struct accepting *accepting, struct latest *latest)
{
	g_autoptr(store_t) store = database_open(&accepting->options);
	g_autoptr(GError) error = NULL;
	gint64 run_id = 0;

	if (!store)
		return CLI_DATABASE;
	if (!read_latest(store, latest, &run_id, &error))
		return database_failed(error);
	if (latest->findings && run_id != 0)
		return CLI_OK;
	cli_error("the database has no run of contlint check");
	return CLI_USAGE;
}

static bool is_low(const struct accepting *accepting, const struct finding *finding)
{
	bool all = g_strcmp0(accepting->confidence, "low") == 0;

	return finding->confidence == FINDING_LOW && !all;
}

static bool is_accepted(const struct finding *finding)
{
	return !finding->suppressed_by || g_strcmp0(finding->suppression, "baseline") == 0;
}

/* What a file cannot accept goes out of the array, which owns it. */
static void drop_others(const struct accepting *accepting, GPtrArray *findings)
{
	for (guint i = findings->len; i-- > 0;)
		if (!is_accepted(findings->pdata[i]) || is_low(accepting, findings->pdata[i]))
			(void)g_ptr_array_remove_index(findings, i);
}

static int save(const char *path, const struct baseline *baseline)
{
	g_autofree char *text = baseline_print(baseline);
	g_autoptr(GError) error = NULL;

	if (g_file_set_contents(path, text, -1, &error)) {
		(void)fprintf(stderr, "contlint: %s: %u finding%s accepted\n", path,
			      baseline->entries->len, baseline->entries->len == 1 ? "" : "s");
		return CLI_OK;
	}
	cli_error("%s", error->message);
	return CLI_USAGE;
}

/* The file, its entries compared with the run. */
static struct baseline *read_baseline(const char *path, const struct latest *latest,
				      struct baseline_entry ***ret_matches)
{
	g_autoptr(GError) error = NULL;
	struct baseline *baseline = baseline_read(path, &error);

	if (!baseline) {
		cli_error("%s", error->message);
		return NULL;
	}
	for (guint i = 0; i < table_row_count(latest->rules); i++)
		baseline_rule_is_on(baseline, table_text(latest->rules, i, 0));
	*ret_matches = baseline_match(baseline, latest->findings, "");
	return baseline;
}

/* An entry keeps what people wrote into it. */
static void renew(struct baseline *baseline, struct baseline_entry *old,
		  const struct finding *finding)
{
	struct baseline_entry *entry = baseline_add(baseline, finding);

	entry->reason = g_strdup(old->reason);
	entry->expires = g_strdup(old->expires);
}

static int run_write(const char *path, const GPtrArray *findings)
{
	g_autoptr(baseline_t) baseline = baseline_new();

	for (guint i = 0; i < findings->len; i++)
		(void)baseline_add(baseline, findings->pdata[i]);
	return save(path, baseline);
}

/* Nothing is known of what a run did not look at. */
static bool is_whole(const struct latest *latest)
{
	if (!latest->whole)
		cli_error("not every unit of the latest run was analysed, so that what is gone is "
			  "not known: repeat contlint check first");
	return latest->whole;
}

static int run_update(const char *path, const struct latest *latest)
{
	g_autoptr(baseline_t) baseline = baseline_new();
	g_autoptr(baseline_t) old = NULL;
	g_autofree struct baseline_entry **matches = NULL;

	if (!is_whole(latest))
		return CLI_INCOMPLETE;
	old = read_baseline(path, latest, &matches);
	if (!old)
		return CLI_USAGE;
	for (guint i = 0; i < latest->findings->len; i++)
		if (matches[i])
			renew(baseline, matches[i], latest->findings->pdata[i]);
	for (guint i = old->entries->len; i-- > 0;) {
		const struct baseline_entry *entry = old->entries->pdata[i];

		if (!entry->used && !baseline_is_stale(entry))
			g_ptr_array_add(baseline->entries,
					g_ptr_array_steal_index(old->entries, i));
	}
	return save(path, baseline);
}

static int run_check(const char *path, const struct latest *latest)
{
	g_autoptr(baseline_t) baseline = NULL;
	g_autofree struct baseline_entry **matches = NULL;
	guint stale = 0, unknown = 0;

	if (!is_whole(latest))
		return CLI_INCOMPLETE;
	baseline = read_baseline(path, latest, &matches);
	if (!baseline)
		return CLI_USAGE;
	for (guint i = 0; i < baseline->entries->len; i++) {
		const struct baseline_entry *entry = baseline->entries->pdata[i];

		unknown += !entry->used && !baseline_is_stale(entry);
		if (!baseline_is_stale(entry))
			continue;
		stale++;
		(void)printf("%s:%u: %s %s in %s is gone\n", path, entry->line,
			     entry->rule ? entry->rule : "finding", entry->fingerprint,
			     entry->file);
	}
	(void)fflush(stdout);
	(void)fprintf(stderr, "contlint: %u of %u entries match nothing\n", stale,
		      baseline->entries->len);
	if (unknown > 0)
		(void)fprintf(stderr, "contlint: %u more: the rule was off, so nothing is known\n",
			      unknown);
	return stale > 0 ? CLI_FINDINGS : CLI_OK;
}

static int act(const struct accepting *accepting, const char *action, const struct latest *latest)
{
	g_autofree char *path = accepting->path
					? g_strdup(accepting->path)
					: g_build_filename(latest->root, BASELINE_FILE, NULL);

	/* An accepted finding of low confidence stays accepted. */
	if (strcmp(action, "write") == 0) {
		drop_others(accepting, latest->findings);
		return run_write(path, latest->findings);
	}
	return strcmp(action, "update") == 0 ? run_update(path, latest) : run_check(path, latest);
}

static int load_and_act(const struct accepting *accepting, const char *action)
{
	struct latest latest = {0};
	int code = load(accepting, &latest);

	if (code == CLI_OK)
		code = act(accepting, action, &latest);
	latest_clear(&latest);
	return code;
}

static int run(int argc, char **argv)
{
	static const char *const actions[] = {"write", "update", "check", NULL};
	struct accepting accepting = {0};
	const GOptionEntry entries[] = {
		{"file", 0, 0, G_OPTION_ARG_FILENAME, &accepting.path,
		 "the baseline (default: " BASELINE_FILE " of the project)", "FILE"},
		{"confidence", 0, 0, G_OPTION_ARG_STRING, &accepting.confidence,
		 "write: low takes in those of low confidence too", "LEVEL"},
		{"db", 0, 0, G_OPTION_ARG_FILENAME, &accepting.options.path,
		 "findings database (default: .contlint/contlint.db here or above)", "FILE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int result = CLI_USAGE;

	if (!cli_parse(&command_baseline, entries, &argc, &argv, NULL))
		result = CLI_USAGE;
	else if (argc == 2 && g_strv_contains(actions, argv[1]))
		result = load_and_act(&accepting, argv[1]);
	else
		cli_error("baseline takes what to do: write, update or check");
	database_options_clear(&accepting.options);
	g_free(accepting.path);
	g_free(accepting.confidence);
	return result;
}

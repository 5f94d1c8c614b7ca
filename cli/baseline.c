/* contlint baseline: the file with the findings that are accepted for now, made from the latest
 * run. */
#include "cli/command.h"
#include "cli/database.h"

#include <stdio.h>
#include <string.h>

#include "reports/history.h"
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

/* The findings of the latest run that nothing but a baseline hides; the project's folder. */
static int load(const struct accepting *accepting, GPtrArray **ret_findings, char **ret_root)
{
	g_autoptr(store_t) store = database_open(&accepting->options);
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) root = NULL;
	gint64 run_id = 0;

	if (!store)
		return CLI_DATABASE;
	if (!history_find_run(store, "latest", &run_id, &error))
		return database_failed(error);
	root = table_read(store, "SELECT root FROM run ORDER BY kind = 'static' DESC, run_id DESC",
			  NULL, 0, &error);
	*ret_findings = root ? store_load_findings(store, run_id, 0, &error) : NULL;
	if (!*ret_findings)
		return database_failed(error);
	if (table_row_count(root) == 0 || run_id == 0) {
		cli_error("the database has no run of contlint check");
		return CLI_USAGE;
	}
	*ret_root = g_strdup(table_text(root, 0, 0));
	return CLI_OK;
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

static struct baseline *read_baseline(const char *path)
{
	g_autoptr(GError) error = NULL;
	struct baseline *baseline = baseline_read(path, &error);

	if (!baseline)
		cli_error("%s", error->message);
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

static int run_update(const char *path, const GPtrArray *findings)
{
	g_autoptr(baseline_t) old = read_baseline(path);
	g_autoptr(baseline_t) baseline = baseline_new();
	g_autofree struct baseline_entry **matches = NULL;

	if (!old)
		return CLI_USAGE;
	matches = baseline_match(old, findings, "");
	for (guint i = 0; i < findings->len; i++)
		if (matches[i])
			renew(baseline, matches[i], findings->pdata[i]);
	return save(path, baseline);
}

static int run_check(const char *path, const GPtrArray *findings)
{
	g_autoptr(baseline_t) baseline = read_baseline(path);
	g_autofree struct baseline_entry **matches = NULL;
	guint stale = 0;

	if (!baseline)
		return CLI_USAGE;
	matches = baseline_match(baseline, findings, "");
	for (guint i = 0; i < baseline->entries->len; i++) {
		const struct baseline_entry *entry = baseline->entries->pdata[i];

		if (entry->used)
			continue;
		stale++;
		(void)printf("%s:%u: %s %s in %s is gone\n", path, entry->line,
			     entry->rule ? entry->rule : "finding", entry->fingerprint,
			     entry->file);
	}
	(void)fflush(stdout);
	(void)fprintf(stderr, "contlint: %u of %u entries match nothing\n", stale,
		      baseline->entries->len);
	return stale > 0 ? CLI_FINDINGS : CLI_OK;
}

static int act(const struct accepting *accepting, const char *action)
{
	g_autoptr(GPtrArray) findings = NULL;
	g_autofree char *root = NULL;
	g_autofree char *path = NULL;
	int code = load(accepting, &findings, &root);

	if (code != CLI_OK)
		return code;
	path = accepting->path ? g_strdup(accepting->path)
			       : g_build_filename(root, BASELINE_FILE, NULL);
	/* An accepted finding of low confidence stays accepted. */
	if (strcmp(action, "write") == 0) {
		drop_others(accepting, findings);
		return run_write(path, findings);
	}
	return strcmp(action, "update") == 0 ? run_update(path, findings)
					     : run_check(path, findings);
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
		result = act(&accepting, argv[1]);
	else
		cli_error("baseline takes what to do: write, update or check");
	database_options_clear(&accepting.options);
	g_free(accepting.path);
	g_free(accepting.confidence);
	return result;
}

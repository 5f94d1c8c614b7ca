/* contlint report: the findings of a stored run in any format, without analysing again. */
#include "cli/command.h"
#include "cli/database.h"
#include "cli/filtering.h"
#include "cli/outputs.h"
#include "cli/shown.h"

#include "reports/formats/format.h"

static int run(int argc, char **argv);

const struct command command_report = {
	.name = "report",
	.arguments = "[--format FORMAT[=FILE]]… [OPTION…]",
	.summary = "write stored findings as text, SARIF, HTML and more",
	.run = run,
};

struct report {
	struct database_options database;
	struct filtering filtering;
	char **formats, **traces, *confidence, *root, *run_word;
	gboolean list, explain_confidence;
	enum finding_confidence least;
	gint64 run_id; /* 0: the newest */
};

static void report_clear(struct report *report)
{
	database_options_clear(&report->database);
	filtering_clear(&report->filtering);
	g_strfreev(report->formats);
	g_strfreev(report->traces);
	g_free(report->confidence);
	g_free(report->root);
	g_free(report->run_word);
}

static bool read_words(struct report *report)
{
	g_autoptr(GError) error = NULL;
	char *end = NULL;

	report->least = FINDING_MEDIUM;
	if (report->confidence &&
	    !shown_find_confidence(report->confidence, &report->least, &error)) {
		cli_error("--confidence %s", error->message);
		return false;
	}
	if (!report->run_word)
		return true;
	report->run_id = g_ascii_strtoll(report->run_word, &end, 10);
	if (report->run_id > 0 && *end == '\0')
		return true;
	cli_error("--run %s is no number of a run; contlint query trend lists them",
		  report->run_word);
	return false;
}

/* Those that the user names, or NULL. */
static GPtrArray *list_traces(const struct report *report)
{
	GPtrArray *traces = report->traces ? g_ptr_array_new() : NULL;

	for (guint i = 0; traces && report->traces[i]; i++)
		g_ptr_array_add(traces, report->traces[i]);
	return traces;
}

static int write_shown(struct report *report, struct store *store, const GPtrArray *outputs,
		       const struct record *record, const GPtrArray *findings)
{
	const struct filter *filter = &report->filtering.filter;
	struct report_summary summary = {0};
	g_autoptr(GPtrArray) shown = shown_choose(findings, report->least, filter, store, &summary);
	g_autoptr(GPtrArray) suppressed = shown_suppressed(findings, filter);
	g_autoptr(GPtrArray) traces = list_traces(report);
	const struct report_input input = {
		.findings = shown,
		.suppressed = suppressed,
		.summary = &summary,
		.record = record,
		.traces = traces,
		.root = report->root ? report->root : record->root,
		.explain_confidence = report->explain_confidence,
	};

	return outputs_write(outputs, &input) ? CLI_OK : CLI_USAGE;
}

static int write_reports(struct report *report, struct store *store, const GPtrArray *outputs)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(record_t) record = record_load(store, report->run_id, &error);
	g_autoptr(GPtrArray) findings =
		record ? store_load_findings(store, record->run_id, 0, &error) : NULL;
	int code;

	if (!findings)
		return database_failed(error);
	code = filtering_open(&report->filtering, report->root ? report->root : record->root);
	if (code != CLI_OK)
		return code;
	if (!filter_learn_store(&report->filtering.filter, store, &error))
		return database_failed(error);
	return write_shown(report, store, outputs, record, findings);
}

static int run_report(struct report *report)
{
	g_autoptr(GPtrArray) outputs = outputs_parse(report->formats);
	g_autoptr(store_t) store = NULL;

	if (!outputs || !read_words(report))
		return CLI_USAGE;
	store = database_open(&report->database);
	return store ? write_reports(report, store, outputs) : CLI_DATABASE;
}

static bool parse(struct report *report, int argc, char **argv)
{
	const GOptionEntry entries[] = {
		{"format", 'f', 0, G_OPTION_ARG_STRING_ARRAY, &report->formats,
		 "what to write, and where; may be repeated (default: text)", "FORMAT[=FILE]"},
		{"list", 0, 0, G_OPTION_ARG_NONE, &report->list, "list the formats", NULL},
		{"db", 0, 0, G_OPTION_ARG_FILENAME, &report->database.path,
		 "findings database (default: .contlint/contlint.db here or above)", "FILE"},
		{"run", 0, 0, G_OPTION_ARG_STRING, &report->run_word,
		 "number of the run (default: the newest)", "N"},
		{"confidence", 0, 0, G_OPTION_ARG_STRING, &report->confidence,
		 "findings of this confidence and better: low, medium (default), high", "LEVEL"},
		{"explain-confidence", 0, 0, G_OPTION_ARG_NONE, &report->explain_confidence,
		 "say what each confidence is made of", NULL},
		FILTERING_ENTRIES(&report->filtering),
		{"trace", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &report->traces,
		 "trace for chrome and stacks; may be repeated (default: those last kept)", "FILE"},
		{"root", 0, 0, G_OPTION_ARG_FILENAME, &report->root,
		 "where the sources are now (default: where they were checked)", "DIR"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};

	if (!cli_parse(&command_report, entries, &argc, &argv, NULL))
		return false;
	if (argc > 1) {
		cli_error("report takes no words; contlint report --format %s", argv[1]);
		return false;
	}
	return true;
}

static int run(int argc, char **argv)
{
	struct report report = {0};
	int code = CLI_USAGE;

	if (parse(&report, argc, argv)) {
		if (report.list) {
			outputs_print_list(stdout);
			code = CLI_OK;
		} else {
			code = run_report(&report);
		}
	}
	report_clear(&report);
	return code;
}

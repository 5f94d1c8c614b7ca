/* contlint show: one finding whole, with its path, its history and how to silence it. */
#include "cli/command.h"
#include "cli/database.h"
#include "cli/finding_id.h"
#include "cli/roots.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reports/formats/format.h"
#include "reports/store/store_evidence.h"
#include "reports/terminal.h"

static int run(int argc, char **argv);

const struct command command_show = {
	.name = "show",
	.arguments = "ID",
	.summary = "show one finding whole: by fingerprint, its beginning, or number",
	.run = run,
};

enum { MOST_ROOTS = 30 };

/* Lines for people: "label: text", nothing if there is no text. */
static const char select_history[] =
	"SELECT (SELECT min(r.started_at) FROM run r CROSS JOIN occurrence o USING(run_id)"
	"  WHERE o.finding_id = :id),"
	" (SELECT max(r.started_at) FROM run r CROSS JOIN occurrence o USING(run_id)"
	"  WHERE o.finding_id = :id),"
	" (SELECT count(*) FROM run r CROSS JOIN occurrence o USING(run_id)"
	"  WHERE o.finding_id = :id),"
	" coalesce((SELECT group_concat(DISTINCT status || CASE WHEN carried"
	"  THEN ', its code was not analysed last time' ELSE '' END)"
	"  FROM findings WHERE id = :id), (SELECT 'only runs saw it' FROM finding"
	"  WHERE finding_id = :id AND rule_id = '" STORE_DYNAMIC_RULE "'),"
	" 'gone from the latest run'),"
	" coalesce((SELECT max(evidence) FROM findings WHERE id = :id),"
	"  (SELECT max(verdict) FROM best_evidence WHERE finding_id = :id), 'untested'),"
	" coalesce((SELECT status || ' by ' || author || coalesce(': ' || comment, '')"
	"  FROM current_review WHERE finding_id = :id), 'unreviewed'),"
	" (SELECT root FROM run WHERE run_id = :run)";

/* What the run that says most measured. */
static const char select_evidence[] =
	"SELECT printf('%d calls, p50 %.3f ms, p99 %.3f ms, longest %.3f ms, budget %.3f ms',"
	" e.calls, e.p50_ns / 1e6, e.p99_ns / 1e6, e.max_ns / 1e6, e.budget_ns / 1e6),"
	" 'run ' || t.run_id || coalesce(', ' || t.workload, '') || coalesce(', ' || t.path, ''),"
	" e.stack FROM evidence e JOIN trace t USING(trace_id)"
	" JOIN occurrence o ON o.finding_id = e.finding_id AND o.variant_id = e.variant_id"
	" WHERE e.finding_id = :id AND o.run_id = :run"
	" ORDER BY e.verdict = 'confirmed' DESC, e.max_ns DESC, t.trace_id DESC LIMIT 1";

static void append_line(GString *out, const char *label, const char *text)
{
	g_string_append_printf(out, "%-12s ", label);
	(void)terminal_append(out, text);
	g_string_append_c(out, '\n');
}

/* A stack has a line for each function. */
static void append_lines(GString *out, const char *label, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++)
		append_line(out, i == 0 ? label : "", lines[i]);
}

static void append_evidence(GString *out, const struct table *history, const struct table *evidence)
{
	append_line(out, "evidence", table_text(history, 0, 4));
	if (table_row_count(evidence) == 0)
		return;
	append_line(out, "measured", table_text(evidence, 0, 0));
	append_line(out, "by", table_text(evidence, 0, 1));
	append_lines(out, "stack", table_text(evidence, 0, 2));
}

/* What only a run saw has no rule that could be read about or silenced. */
static void append_rule(GString *out, const struct finding *finding)
{
	g_autofree char *rule = g_strdup_printf("contlint explain %s", finding->rule);
	g_autofree char *silence =
		g_strdup_printf("contlint suppress %.12s --reason '…', or by hand: "
				"// NOLINT(contlint-%s): …, at the end of line %u of %s",
				finding->fingerprint + strlen("v1:"), finding->rule,
				finding->place.line, finding->place.file);

	if (strcmp(finding->rule, STORE_DYNAMIC_RULE) == 0)
		return;
	append_line(out, "explained by", rule);
	append_line(out, "silenced by", silence);
}

static void append_facts(GString *out, const struct finding *finding, const struct table *history,
			 const struct table *evidence)
{
	g_autofree char *seen = g_strdup_printf(
		"%s to %s, in %s run%s", table_text(history, 0, 0), table_text(history, 0, 1),
		table_text(history, 0, 2), table_integer(history, 0, 2) == 1 ? "" : "s");

	g_string_append_c(out, '\n');
	append_line(out, "fingerprint", finding->fingerprint);
	append_line(out, "seen", seen);
	append_line(out, "status", table_text(history, 0, 3));
	append_evidence(out, history, evidence);
	append_line(out, "review", table_text(history, 0, 5));
	append_rule(out, finding);
}

/* The function of the sink, as the call graph of the last run knows it; G_MAXUINT if it is gone. */
static guint find_function(struct store *store, const struct callgraph *graph,
			   const struct finding *finding)
{
	const struct store_param param = {"usr", finding->function_usr};
	g_autoptr(table_t) found = NULL;

	if (!finding->function_usr)
		return G_MAXUINT;
	found = table_read(store, "SELECT function_id FROM function WHERE usr = :usr", &param, 1,
			   NULL);
	return found && table_row_count(found) ? callgraph_find(graph, table_integer(found, 0, 0))
					       : G_MAXUINT;
}

static void append_root(GString *out, const struct callgraph *graph, const struct root *root)
{
	const struct callgraph_function *function = callgraph_function(graph, root->function);
	g_autofree char *text =
		g_strdup_printf("%s(), %u call%s away, %s", function->name, root->distance,
				root->distance == 1 ? "" : "s", root->registered);

	append_line(out, "", text);
}

/* Every continuation that comes to the function of the sink, the one of the path included. These
 * are all ways of the call graph: which of them meet the conditions, only the path says. */
static void append_roots(GString *out, struct store *store, const struct finding *finding)
{
	g_autoptr(callgraph_t) graph = callgraph_load(store, NULL);
	guint function = graph ? find_function(store, graph, finding) : G_MAXUINT;
	g_autofree char *more = NULL;
	g_autofree char *count = NULL;
	g_autoptr(GArray) roots = NULL;

	if (function == G_MAXUINT)
		return;
	callgraph_aim(graph, &function, 1);
	roots = roots_read(store, graph, "io", NULL);
	if (!roots || roots->len < 2)
		return;
	count = g_strdup_printf("%u continuations come to %s()", roots->len,
				finding->function_name);
	append_line(out, "roots", count);
	for (guint i = 0; i < MIN(roots->len, MOST_ROOTS); i++)
		append_root(out, graph, &g_array_index(roots, struct root, i));
	more = g_strdup_printf("all, with their ways: contlint reaches --context io %s",
			       finding->function_name);
	append_line(out, "", more);
}

static int print_finding(struct store *store, gint64 id, gint64 run_id)
{
	g_autofree char *id_text = g_strdup_printf("%" G_GINT64_FORMAT, id);
	g_autofree char *run_text = g_strdup_printf("%" G_GINT64_FORMAT, run_id);
	const struct store_param params[] = {{"id", id_text}, {"run", run_text}};
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(table_t) history =
		table_read(store, select_history, params, G_N_ELEMENTS(params), &error);
	g_autoptr(table_t) evidence =
		history ? table_read(store, select_evidence, params, G_N_ELEMENTS(params), &error)
			: NULL;
	g_autoptr(GPtrArray) findings =
		evidence ? store_load_findings(store, run_id, id, &error) : NULL;
	struct report_summary summary = {0};
	struct report_input input = {.findings = findings,
				     .summary = &summary,
				     .colour = cli_colour(STDOUT_FILENO),
				     .explain_confidence = true,
				     .all_ways = true};

	if (!findings)
		return database_failed(error);
	if (table_text(history, 0, 6)[0] != '\0')
		input.root = table_text(history, 0, 6);
	(void)formats_find("text")->write(&input, out, NULL);
	if (findings->len > 0) {
		append_facts(out, g_ptr_array_index(findings, 0), history, evidence);
		append_roots(out, store, g_ptr_array_index(findings, 0));
	}
	(void)fputs(out->str, stdout);
	return CLI_OK;
}

static int run_show(const struct database_options *options, int argc, char **argv)
{
	g_autoptr(store_t) store = NULL;
	gint64 id, run_id;
	int code;

	if (argc != 2 || argv[1][0] == '\0') {
		cli_error("show takes one fingerprint or number");
		return CLI_USAGE;
	}
	store = database_open(options);
	if (!store)
		return CLI_DATABASE;
	code = finding_id_find(store, argv[1], &id, &run_id);
	return code == CLI_OK ? print_finding(store, id, run_id) : code;
}

static int run(int argc, char **argv)
{
	struct database_options options = {0};
	const GOptionEntry entries[] = {
		{"db", 0, 0, G_OPTION_ARG_FILENAME, &options.path,
		 "findings database (default: .contlint/contlint.db here or above)", "FILE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int result = CLI_USAGE;

	if (cli_parse(&command_show, entries, &argc, &argv, NULL))
		result = run_show(&options, argc, argv);
	database_options_clear(&options);
	return result;
}

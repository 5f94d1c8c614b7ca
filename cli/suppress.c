/* contlint suppress: writes the comment that hides a finding into its source, on a line of its own
 * above the sink or above another step of the path. */
#include "cli/command.h"
#include "cli/database.h"
#include "cli/finding_id.h"

#include <stdio.h>
#include <string.h>

#include "reports/traces/known.h"
#include "reports/store/store_evidence.h"

static int run(int argc, char **argv);

const struct command command_suppress = {
	.name = "suppress",
	.arguments = "ID --reason TEXT",
	.summary = "write the comment that hides a finding into the source",
	.run = run,
};

struct suppress {
	struct database_options options;
	char *reason;
	int step; /* number of the path's step, 0: the sink */
	gboolean dry_run;
};

/* What the run knew: the project's folder and the file as it was. Owned. */
struct target {
	char *rule, *file, *path, *hash;
	guint line;
};

static void target_clear(struct target *target)
{
	g_free(target->rule);
	g_free(target->file);
	g_free(target->path);
	g_free(target->hash);
}

static const char select_root[] =
	"SELECT r.root, (SELECT v.content_hash FROM run_file x JOIN file_version v"
	" USING(file_version_id) JOIN file f USING(file_id) WHERE x.run_id = r.run_id"
	" AND f.path = :file) FROM run r WHERE r.run_id = :run";

static int find_place(const struct suppress *suppress, const struct finding *finding,
		      struct target *target)
{
	const struct finding_place *place = &finding->place;
	guint step = (guint)suppress->step;

	if (step > finding->steps->len) {
		cli_error("the path of this finding has %u steps; contlint query path fp=%.12s",
			  finding->steps->len, finding->fingerprint + strlen("v1:"));
		return CLI_USAGE;
	}
	if (step > 0)
		place = &((struct finding_step *)finding->steps->pdata[step - 1])->place;
	if (!place->file || place->line == 0) {
		cli_error("this step has no place in a source");
		return CLI_USAGE;
	}
	target->rule = g_strdup(finding->rule);
	target->file = g_strdup(place->file);
	target->line = place->line;
	return CLI_OK;
}

static int find_file(struct store *store, gint64 run_id, struct target *target)
{
	g_autofree char *run_text = g_strdup_printf("%" G_GINT64_FORMAT, run_id);
	const struct store_param params[] = {{"file", target->file}, {"run", run_text}};
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) row =
		table_read(store, select_root, params, G_N_ELEMENTS(params), &error);
	g_autofree char *now = NULL;

	if (!row)
		return database_failed(error);
	target->path = g_canonicalize_filename(target->file, table_text(row, 0, 0));
	now = known_hash_file(target->path);
	if (!now) {
		cli_error("%s cannot be read", target->path);
		return CLI_USAGE;
	}
	if (strcmp(now, table_text(row, 0, 1)) == 0)
		return CLI_OK;
	cli_error("%s is not the file that was analysed: check again first", target->file);
	return CLI_USAGE;
}

static bool ends_open(const char *line)
{
	size_t size = strcspn(line, "\r");

	return size > 0 && line[size - 1] == '\\';
}

/* The line of the comment, indented as the one below. Caller frees. */
static char *make_comment(const struct target *target, const char *reason, const char *below)
{
	size_t indent = strspn(below, " \t");
	bool crlf = g_str_has_suffix(below, "\r");

	return g_strdup_printf("%.*s// NOLINTNEXTLINE(contlint-%s): %s%s", (int)indent, below,
			       target->rule, reason, crlf ? "\r" : "");
}

static int write_comment(const struct suppress *suppress, const struct target *target)
{
	g_autofree char *text = NULL;
	g_autofree char *comment = NULL;
	g_autofree char *changed = NULL;
	g_auto(GStrv) lines = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(target->path, &text, NULL, &error)) {
		cli_error("%s", error->message);
		return CLI_USAGE;
	}
	lines = g_strsplit(text, "\n", -1);
	if (target->line > g_strv_length(lines) ||
	    (target->line > 1 && ends_open(lines[target->line - 2]))) {
		cli_error("%s:%u is inside a macro or a continued line, where no comment can "
			  "stand: suppress another step (--step), or the rule in .contlint.yaml",
			  target->file, target->line);
		return CLI_USAGE;
	}
	comment = make_comment(target, suppress->reason, lines[target->line - 1]);
	for (guint i = 0; lines[i]; i++) {
		if (i + 1 == target->line)
			g_string_append_printf(out, "%s\n", comment);
		g_string_append_printf(out, "%s%s", lines[i], lines[i + 1] ? "\n" : "");
	}
	(void)printf("%s:%u: %s\n", target->file, target->line, g_strstrip(comment));
	if (suppress->dry_run ||
	    g_file_set_contents(target->path, out->str, (gssize)out->len, &error))
		return CLI_OK;
	cli_error("%s", error->message);
	return CLI_USAGE;
}

static int suppress_finding(const struct suppress *suppress, struct store *store, gint64 id,
			    gint64 run_id)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) findings = store_load_findings(store, run_id, id, &error);
	struct target target = {0};
	int code;

	if (!findings)
		return database_failed(error);
	if (findings->len == 0 ||
	    strcmp(((struct finding *)findings->pdata[0])->rule, STORE_DYNAMIC_RULE) == 0) {
		cli_error("only runs saw this: there is no rule to silence");
		return CLI_USAGE;
	}
	code = find_place(suppress, findings->pdata[0], &target);
	if (code == CLI_OK)
		code = find_file(store, run_id, &target);
	if (code == CLI_OK)
		code = write_comment(suppress, &target);
	target_clear(&target);
	return code;
}

/* Of one line, and nothing that would go on in the next. */
static bool is_reason(const char *reason)
{
	g_autofree char *stripped = reason ? g_strstrip(g_strdup(reason)) : NULL;

	return stripped && stripped[0] != '\0' && !strpbrk(reason, "\r\n") &&
	       !g_str_has_suffix(stripped, "\\");
}

static int run_suppress(const struct suppress *suppress, int argc, char **argv)
{
	g_autoptr(store_t) store = NULL;
	gint64 id, run_id;
	int code;

	if (argc != 2 || !is_reason(suppress->reason)) {
		cli_error("suppress takes a finding and --reason, one line that says why");
		return CLI_USAGE;
	}
	store = database_open(&suppress->options);
	if (!store)
		return CLI_DATABASE;
	code = finding_id_find(store, argv[1], &id, &run_id);
	return code == CLI_OK ? suppress_finding(suppress, store, id, run_id) : code;
}

static int run(int argc, char **argv)
{
	struct suppress suppress = {0};
	const GOptionEntry entries[] = {
		{"reason", 0, 0, G_OPTION_ARG_STRING, &suppress.reason, "why it is right as it is",
		 "TEXT"},
		{"step", 0, 0, G_OPTION_ARG_INT, &suppress.step,
		 "above step N of the path: hides every finding of the rule that goes through it",
		 "N"},
		{"dry-run", 0, 0, G_OPTION_ARG_NONE, &suppress.dry_run, "only say what it writes",
		 NULL},
		{"db", 0, 0, G_OPTION_ARG_FILENAME, &suppress.options.path,
		 "findings database (default: .contlint/contlint.db here or above)", "FILE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int result = CLI_USAGE;

	if (cli_parse(&command_suppress, entries, &argc, &argv, NULL))
		result = run_suppress(&suppress, argc, argv);
	database_options_clear(&suppress.options);
	g_free(suppress.reason);
	return result;
}

/* A few findings by hand. Places are those of golden/src/proxy.c. */
#include "tests/reports/sample.h"

void sample_replace(char **text, const char *with)
{
	g_free(*text);
	*text = g_strdup(with);
}

static void set_place(struct finding_place *place, guint line, guint column, guint end_column)
{
	place->file = g_strdup("src/proxy.c");
	place->line = line;
	place->column = column;
	place->end_line = end_column > 0 ? line : 0;
	place->end_column = end_column;
}

static void add_step(struct finding *finding, enum finding_step_kind kind, guint line, guint column,
		     const char *function, const char *message)
{
	struct finding_step *step = finding_add_step(finding, kind);

	set_place(&step->place, line, column, 0);
	step->function = g_strdup(function);
	step->usr = g_str_equal(function, "main") ? g_strdup("c:@F@main")
						  : g_strdup_printf("c:src/proxy.c@F@%s", function);
	step->message = g_strdup(message);
}

static void add_way(struct finding *finding)
{
	struct finding_way *way = finding_add_way(finding);
	struct finding_step *step = finding_way_add_step(way);

	set_place(&way->place, 21, 2, 0);
	way->function = g_strdup("on_retry");
	way->message = g_strdup("also from on_retry, then as above");
	way->like_it = 4;
	step->kind = STEP_CALL;
	set_place(&step->place, 21, 2, 0);
	step->function = g_strdup("on_retry");
	step->message = g_strdup("calls resolve()");
	finding->ways_cut = 7;
}

struct finding *sample_finding(void)
{
	struct finding *finding = finding_new("blocking-dns");

	finding->confidence = FINDING_MEDIUM;
	finding->score = 0.625;
	finding->confidence_text = g_strdup("confidence 0.62 = path 0.50 x condition 1.25");
	finding->message = g_strdup("getaddrinfo() can block the I/O thread");
	finding->instead = g_strdup("use sd_resolve_getaddrinfo()");
	finding->condition = g_strdup("arg 0 is no numeric address");
	finding->decided = "assumed";
	set_place(&finding->place, 7, 33, 44);
	finding->root_name = g_strdup("on_accept");
	finding->root_usr = g_strdup("c:src/proxy.c@F@on_accept");
	finding->root_file = g_strdup("src/proxy.c");
	finding->sink_name = g_strdup("getaddrinfo");
	finding->function_name = g_strdup("resolve");
	finding->function_usr = g_strdup("c:src/proxy.c@F@resolve");
	finding->sink_text = g_strdup("getaddrinfo ( host , \"80\" , NULL , & found )");
	finding->unit = g_strdup("src/proxy.c");
	finding->other_roots = 2;
	add_step(finding, STEP_REGISTER, 17, 2, "main", "on_accept() is registered here");
	add_step(finding, STEP_ENTER, 10, 13, "on_accept", "on_accept() runs on the I/O thread");
	add_step(finding, STEP_CALL, 12, 2, "on_accept", "calls resolve()");
	add_step(finding, STEP_SINK, 7, 33, "resolve", "calls getaddrinfo()");
	add_way(finding);
	return finding;
}

GPtrArray *sample_findings(guint count)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);

	for (guint i = 0; i < count; i++) {
		struct finding *finding = sample_finding();

		finding->place.line += i;
		finding->place.end_line += i;
		g_ptr_array_add(findings, finding);
	}
	findings_seal(findings);
	return findings;
}

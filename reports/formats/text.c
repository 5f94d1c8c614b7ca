/* Findings as clang prints them: a warning with its source line, then the path as notes from the
 * registration to the sink, then what to do. Every editor reads this already. */
#include "reports/formats/format.h"
#include "reports/formats/snippet.h"
#include "reports/formats/source.h"
#include "reports/terminal.h"

#include <string.h>

#define WAYS_SHOWN 3

enum style {
	STYLE_NONE,
	STYLE_PLACE,
	STYLE_ERROR,
	STYLE_WARNING,
	STYLE_REMARK,
	STYLE_NOTE,
	STYLE_MESSAGE,
	STYLE_CARET
};

/* clang's own colours. */
static const char *const styles[] = {
	[STYLE_NONE] = "\033[0m",           [STYLE_PLACE] = "\033[1m",
	[STYLE_ERROR] = "\033[0;1;31m",     [STYLE_WARNING] = "\033[0;1;35m",
	[STYLE_REMARK] = "\033[0;1;34m",    [STYLE_NOTE] = "\033[0;1;36m",
	[STYLE_MESSAGE] = "\033[0m\033[1m", [STYLE_CARET] = "\033[0;1;32m",
};

/* In clang's words a note belongs to the warning above it, so what is less than a warning and
 * stands alone is a remark. */
static const struct level {
	const char *word;
	enum style style;
} levels[] = {
	[FINDING_ERROR] = {"error", STYLE_ERROR},
	[FINDING_WARNING] = {"warning", STYLE_WARNING},
	[FINDING_NOTE] = {"remark", STYLE_REMARK},
};

static const struct level note = {"note", STYLE_NOTE};

struct writer {
	const struct report_input *input;
	struct sources *sources;
	GString *out;
};

static const char *style(const struct writer *writer, enum style which)
{
	return writer->input->colour ? styles[which] : "";
}

static void write_place(const struct writer *writer, const struct finding_place *place)
{
	if (!place->file)
		return;
	g_string_append(writer->out, style(writer, STYLE_PLACE));
	(void)terminal_append(writer->out, place->file);
	if (place->line > 0)
		g_string_append_printf(writer->out, ":%u:%u", place->line, place->column);
	g_string_append_printf(writer->out, ": %s", style(writer, STYLE_NONE));
}

static void write_head(const struct writer *writer, const struct finding_place *place,
		       const struct level *level)
{
	write_place(writer, place);
	g_string_append_printf(writer->out, "%s%s: %s", style(writer, level->style), level->word,
			       style(writer, STYLE_NONE));
}

static void write_snippet(const struct writer *writer, const struct finding_place *place)
{
	const char *text;
	gsize size;

	if (place->file && sources_line(writer->sources, place->file, place->line, &text, &size))
		snippet_append(writer->out, place, text, size, style(writer, STYLE_CARET),
			       style(writer, STYLE_NONE));
}

static void write_note(const struct writer *writer, const struct finding_place *place,
		       const char *label, const char *text)
{
	write_head(writer, place, &note);
	g_string_append(writer->out, label);
	(void)terminal_append(writer->out, text);
	g_string_append_c(writer->out, '\n');
}

static bool same_place(const struct finding_place *left, const struct finding_place *right)
{
	return g_strcmp0(left->file, right->file) == 0 && left->line == right->line &&
	       left->column == right->column;
}

/* The warning above has said where the sink is and which continuation it is about: a step that only
 * says so again is left out here (the database has it). */
static bool is_news(const struct finding *finding, const struct finding_step *step)
{
	switch (step->kind) {
	case STEP_ENTER:
		return finding->steps->len == 1;
	case STEP_SINK:
		return !same_place(&step->place, &finding->place) ||
		       (step->message && strchr(step->message, ':'));
	case STEP_REGISTER:
	case STEP_CALL:
	case STEP_INDIRECT:
	case STEP_LOOP:
	case STEP_NOTE:
		return true;
	}
	return true;
}

/* Without their source lines: a path of eight calls must not push the next warning off the screen,
 * and every editor goes to a place by its name. */
static void write_path(const struct writer *writer, const struct finding *finding)
{
	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);

		if (is_news(finding, step))
			write_note(writer, &step->place, "", step->message ? step->message : "");
	}
}

static const char *plural(guint count)
{
	return count == 1 ? "" : "s";
}

static void write_others(const struct writer *writer, const struct finding *finding)
{
	guint roots = finding->other_roots, paths = finding->other_paths;
	g_autofree char *text = NULL;

	if (roots > 0 && paths > 0)
		text = g_strdup_printf("%u other continuation%s and %u other path%s lead here",
				       roots, plural(roots), paths, plural(paths));
	else if (roots > 0)
		text = g_strdup_printf("%u other continuation%s lead%s here", roots, plural(roots),
				       roots == 1 ? "s" : "");
	else if (paths > 0)
		text = g_strdup_printf("%u other path%s lead%s here", paths, plural(paths),
				       paths == 1 ? "s" : "");
	if (text)
		write_note(writer, &finding->place, "", text);
}

/* Of other ways only the widest are named, unless all are asked for. */
static void write_ways(const struct writer *writer, const struct finding *finding)
{
	guint shown =
		writer->input->all_ways ? finding->ways->len : MIN(finding->ways->len, WAYS_SHOWN);
	guint more = finding->ways->len - shown + finding->ways_cut;

	for (guint i = 0; i < shown; i++) {
		const struct finding_way *way = g_ptr_array_index(finding->ways, i);
		g_autofree char *text = way->like_it > 0
						? g_strdup_printf("%s, and %u more that way",
								  way->message, way->like_it)
						: g_strdup(way->message);

		write_note(writer, &way->place, "", text);
		for (guint k = 0; writer->input->all_ways && k < way->steps->len; k++) {
			const struct finding_step *step = g_ptr_array_index(way->steps, k);

			write_note(writer, &step->place, "  ", step->message ? step->message : "");
		}
	}
	if (more > 0 && finding->fingerprint) {
		g_autofree char *text =
			g_strdup_printf("%u further way%s: contlint show %.12s", more, plural(more),
					finding->fingerprint + strlen("v1:"));

		write_note(writer, &finding->place, "", text);
	}
}

static const char *message_of(const struct finding *finding)
{
	return finding->message ? finding->message : "";
}

static void write_confidence(const struct writer *writer, const struct finding *finding)
{
	const char *level = finding_confidence_name(finding->confidence);
	const char *factors = finding->confidence_text;
	char score[G_ASCII_DTOSTR_BUF_SIZE];
	g_autofree char *label = NULL;

	(void)g_ascii_formatd(score, sizeof(score), "%.2f", finding->score);
	/* The factors usually begin with "confidence 0.50 = ". */
	if (factors && g_str_has_prefix(factors, "confidence "))
		label = g_strdup_printf("%s ", level);
	else
		label = g_strdup_printf("%s confidence %s%s", level, score, factors ? " = " : "");
	write_note(writer, &finding->place, label, factors ? factors : "");
}

static void write_remarks(const struct writer *writer, const struct finding *finding)
{
	/* What was proven is no question any more. */
	if (finding->condition &&
	    (writer->input->explain_confidence || g_strcmp0(finding->decided, "proven") != 0)) {
		g_autofree char *text =
			g_strdup_printf("%s (%s)", finding->condition, finding->decided);

		write_note(writer, &finding->place,
			   g_str_has_prefix(text, "not known: ") ? "" : "blocks if ", text);
	}
	write_others(writer, finding);
	write_ways(writer, finding);
	if (finding->instead && !strstr(message_of(finding), finding->instead))
		write_note(writer, &finding->place, "instead: ", finding->instead);
	if (finding->suppressed_by)
		write_note(writer, &finding->place, "suppressed: ", finding->suppressed_by);
	if (writer->input->explain_confidence)
		write_confidence(writer, finding);
}

static void write_finding(const struct writer *writer, const struct finding *finding)
{
	write_head(writer, &finding->place, &levels[finding->level]);
	g_string_append(writer->out, style(writer, STYLE_MESSAGE));
	(void)terminal_append(writer->out, message_of(finding));
	g_string_append_printf(writer->out, " [contlint-%s]%s\n", finding->rule,
			       style(writer, STYLE_NONE));
	write_snippet(writer, &finding->place);
	write_path(writer, finding);
	write_remarks(writer, finding);
}

static bool write_text(const struct report_input *input, GString *out, GError **error)
{
	g_autoptr(sources_t) sources = sources_new(input->root);
	const struct writer writer = {input, sources, out};

	for (guint i = 0; i < input->findings->len; i++)
		write_finding(&writer, g_ptr_array_index(input->findings, i));
	return true;
}

const struct format format_text = {
	.name = "text",
	.summary = "as clang prints it: warning, source line, path as notes",
	.write = write_text,
};

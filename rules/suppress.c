/* Comments in the source that hide findings. The rows were read by the extraction; here they are
 * gathered by file, made into ranges of lines and compared with the places of each finding. */
#include "rules/suppress.h"

#include <string.h>

/* Lines `first` to `last` of one file, for one rule. Strings are the facts'. */
struct range {
	const char *rule; /* may end in a star */
	const char *reason;
	guint first, last;
	bool whole_file;
};

/* What is gathered. Keys and strings are the facts'. */
struct index {
	GHashTable *files; /* path -> GArray of struct range */
	GHashTable *open;  /* rule -> 1 + number of the range that waits for its end; of one file */
	fact_id open_file;
};

static GArray *ranges_of(struct index *index, const char *file)
{
	GArray *ranges = g_hash_table_lookup(index->files, file);

	if (!ranges) {
		ranges = g_array_new(FALSE, FALSE, sizeof(struct range));
		g_hash_table_insert(index->files, (gpointer)file, ranges);
	}
	return ranges;
}

static void end_range(struct index *index, GArray *ranges, const char *rule, guint line)
{
	guint number = GPOINTER_TO_UINT(g_hash_table_lookup(index->open, rule));

	if (number == 0)
		return;
	g_array_index(ranges, struct range, number - 1).last = line;
	g_hash_table_remove(index->open, rule);
}

static void begin_range(struct index *index, GArray *ranges, const char *rule)
{
	if (!g_hash_table_contains(index->open, rule))
		g_hash_table_insert(index->open, (gpointer)rule, GUINT_TO_POINTER(ranges->len + 1));
}

/* Rows of one file come in the order of its lines. */
static void add_row(struct index *index, const struct facts *facts,
		    const struct fact_suppression *comment)
{
	const struct fact_loc *loc = facts_row(facts, locs, struct fact_loc, comment->loc);
	const struct fact_file *file = facts_row(facts, files, struct fact_file, loc->file);
	GArray *ranges = ranges_of(index, facts_string(facts, file->path));
	struct range range = {
		.rule = facts_string(facts, comment->rule),
		.reason = comment->reason == FACT_NONE ? "no reason given"
						       : facts_string(facts, comment->reason),
		.first = loc->line,
		.last = loc->line,
	};

	if (index->open_file != loc->file)
		g_hash_table_remove_all(index->open);
	index->open_file = loc->file;
	switch ((enum fact_suppression_kind)comment->kind) {
	case FACT_SUPPRESS_LINE:
		break;
	case FACT_SUPPRESS_NEXT_LINE:
		range.first++;
		range.last++;
		break;
	case FACT_SUPPRESS_BEGIN:
		range.last = 0; /* nothing, until its end is seen */
		begin_range(index, ranges, range.rule);
		break;
	case FACT_SUPPRESS_END:
		end_range(index, ranges, range.rule, loc->line);
		return;
	case FACT_SUPPRESS_FILE:
		range.whole_file = true;
		break;
	}
	g_array_append_val(ranges, range);
}

/* A header's comments come once for each unit that reads it, which is harmless. */
static GHashTable *gather(const struct program *program)
{
	struct index index = {
		.files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
					       (GDestroyNotify)g_array_unref),
		.open = g_hash_table_new(g_str_hash, g_str_equal),
	};

	for (guint i = 0; i < program->unit_count; i++) {
		const struct facts *facts = program->units[i].facts;

		g_hash_table_remove_all(index.open);
		index.open_file = FACT_NONE;
		for (guint row = 0; facts && row < facts->suppressions->len; row++)
			add_row(&index, facts,
				facts_row(facts, suppressions, struct fact_suppression, row));
	}
	g_hash_table_unref(index.open);
	return index.files;
}

bool suppress_rule_fits(const char *pattern, const char *rule)
{
	size_t size = strlen(pattern);

	if (size > 0 && pattern[size - 1] == '*')
		return strncmp(pattern, rule, size - 1) == 0;
	return strcmp(pattern, rule) == 0;
}

/* The reason why a finding of `rule` at `place` is hidden, or NULL. The comment may stand on any
 * line of a call that spans several, since only the last has room for it. */
static const char *reason_at(GHashTable *files, const char *rule,
			     const struct finding_place *place, bool is_sink)
{
	const GArray *ranges = place->file ? g_hash_table_lookup(files, place->file) : NULL;
	guint last = MAX(place->line, place->end_line);

	for (guint i = 0; ranges && i < ranges->len; i++) {
		const struct range *range = &g_array_index(ranges, struct range, i);
		bool inside = range->whole_file
				      ? is_sink
				      : range->first <= last && range->last >= place->line;

		if (inside && suppress_rule_fits(range->rule, rule))
			return range->reason;
	}
	return NULL;
}

/* A step that is a body, not an expression, has the one line on which it starts. */
static bool spans_a_body(enum finding_step_kind kind)
{
	return kind == STEP_ENTER || kind == STEP_LOOP;
}

static const char *reason_for(GHashTable *files, const struct finding *finding)
{
	struct finding_place sink = finding->place;
	const char *reason;

	if (g_strcmp0(finding->sink_name, "loop") == 0)
		sink.end_line = sink.line;
	reason = reason_at(files, finding->rule, &sink, true);
	for (guint i = 0; !reason && i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);
		struct finding_place place = step->place;

		if (spans_a_body(step->kind))
			place.end_line = place.line;
		reason = reason_at(files, finding->rule, &place, false);
	}
	return reason;
}

void suppress_apply(const struct program *program, GPtrArray *findings)
{
	g_autoptr(GHashTable) files = gather(program);

	for (guint i = 0; i < findings->len; i++) {
		struct finding *finding = g_ptr_array_index(findings, i);
		const char *reason = reason_for(files, finding);

		if (reason && !finding->suppressed_by)
			finding->suppressed_by = g_strdup(reason);
	}
}

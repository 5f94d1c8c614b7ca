/* Comments in the source that hide findings. The rows were read by the extraction; here they are
 * gathered by file, made into ranges of lines and compared with the places of each finding. */
#include "rules/suppress.h"

#include <string.h>

#include "rules/day.h"

#define DAY_SIZE (sizeof("2027-01-01") - 1)

/* What is gathered. Keys are the facts'. */
struct index {
	GPtrArray *all;
	GHashTable *files; /* path -> GPtrArray of struct suppression */
	GHashTable *open;  /* rule -> the suppression that waits for its end; of one file */
	fact_id open_file;
};

static void suppression_free(void *data)
{
	struct suppression *suppression = data;

	g_free(suppression->expires);
	g_free(suppression);
}

static bool is_day_shaped(const char *text)
{
	static const char shape[] = "0000-00-00";

	for (size_t i = 0; i < DAY_SIZE; i++)
		if (shape[i] == '0' ? !g_ascii_isdigit(text[i]) : text[i] != shape[i])
			return false;
	return true;
}

/* "until 2027-01-01 -- reason" and "reason, until 2027-01-01". `*ret_bare` if there is nothing
 * else. NULL, or the day; caller frees. */
static char *find_expiry(const char *reason, bool *ret_bare)
{
	static const char word[] = "until ";
	const char *at = strstr(reason, word);

	*ret_bare = false;
	for (; at; at = strstr(at + 1, word)) {
		const char *day = at + strlen(word);
		const char *rest;

		if (at != reason && g_ascii_isalnum(at[-1]))
			continue;
		if (!is_day_shaped(day))
			continue;
		rest = day + DAY_SIZE + strspn(day + DAY_SIZE, " \t.,;:)-");
		if (at != reason && *rest != '\0')
			continue;
		*ret_bare = at == reason && *rest == '\0';
		return g_strndup(day, DAY_SIZE);
	}
	return NULL;
}

static void end_range(struct index *index, const char *rule, guint line)
{
	struct suppression *open = g_hash_table_lookup(index->open, rule);

	if (!open)
		return;
	open->last = line;
	g_hash_table_remove(index->open, rule);
}

static GPtrArray *list_of(const struct index *index, const char *file)
{
	GPtrArray *list = g_hash_table_lookup(index->files, file);

	if (!list) {
		list = g_ptr_array_new();
		g_hash_table_insert(index->files, (gpointer)file, list);
	}
	return list;
}

/* A header's comments come once for each unit that reads it. */
static struct suppression *find_known(const GPtrArray *list, const struct suppression *like)
{
	for (guint i = 0; i < list->len; i++) {
		struct suppression *known = g_ptr_array_index(list, i);

		if (known->line == like->line && known->column == like->column &&
		    known->first == like->first && strcmp(known->rule, like->rule) == 0)
			return known;
	}
	return NULL;
}

static struct suppression *add(struct index *index, const struct suppression *like)
{
	GPtrArray *list = list_of(index, like->file);
	struct suppression *known = find_known(list, like);
	bool bare = false;

	if (known)
		return known;
	known = g_new(struct suppression, 1);
	*known = *like;
	if (known->reason)
		known->expires = find_expiry(known->reason, &bare);
	if (!known->reason || bare)
		known->reason = SUPPRESS_NO_REASON;
	g_ptr_array_add(list, known);
	g_ptr_array_add(index->all, known);
	return known;
}

/* Rows of one file come in the order of its lines. */
static void add_row(struct index *index, const struct facts *facts,
		    const struct fact_suppression *comment)
{
	const struct fact_loc *loc = facts_row(facts, locs, struct fact_loc, comment->loc);
	const struct fact_file *file = facts_row(facts, files, struct fact_file, loc->file);
	struct suppression row = {
		.kind = "in-source",
		.rule = facts_string(facts, comment->rule),
		.reason =
			comment->reason == FACT_NONE ? NULL : facts_string(facts, comment->reason),
		.file = facts_string(facts, file->path),
		.line = loc->line,
		.column = loc->column,
		.first = loc->line,
		.last = loc->line,
	};

	if (index->open_file != loc->file)
		g_hash_table_remove_all(index->open);
	index->open_file = loc->file;
	switch ((enum fact_suppression_kind)comment->kind) {
	case FACT_SUPPRESS_LINE:
	case FACT_SUPPRESS_NEXT_LINE:
		row.first = row.last = comment->about;
		break;
	case FACT_SUPPRESS_BEGIN:
		row.begins = true;
		row.last = 0; /* nothing, until its end is seen */
		if (!g_hash_table_contains(index->open, row.rule))
			g_hash_table_insert(index->open, (gpointer)row.rule, add(index, &row));
		return;
	case FACT_SUPPRESS_END:
		end_range(index, row.rule, loc->line);
		return;
	case FACT_SUPPRESS_FILE:
		row.whole_file = true;
		break;
	}
	(void)add(index, &row);
}

GPtrArray *suppress_gather(const struct program *program)
{
	struct index index = {
		.all = g_ptr_array_new_with_free_func(suppression_free),
		.files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
					       (GDestroyNotify)g_ptr_array_unref),
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
	g_hash_table_unref(index.files);
	return index.all;
}

bool suppress_rule_fits(const char *pattern, const char *rule)
{
	size_t size = strlen(pattern);

	if (size > 0 && pattern[size - 1] == '*')
		return strncmp(pattern, rule, size - 1) == 0;
	return strcmp(pattern, rule) == 0;
}

bool suppress_is_over(const struct suppression *suppression, const char *today)
{
	const char *day = suppression->expires;

	return day && (!day_is_one(day) || strcmp(day, today) < 0);
}

/* What hides a finding of `rule` at `place`, or NULL. The comment may stand on any line of a call
 * that spans several, since only the last has room for it. */
static struct suppression *find_at(const GPtrArray *list, const char *rule,
				   const struct finding_place *place, bool is_sink,
				   const char *today)
{
	guint last = MAX(place->line, place->end_line);

	for (guint i = 0; list && i < list->len; i++) {
		struct suppression *row = g_ptr_array_index(list, i);
		bool inside =
			row->whole_file ? is_sink : row->first <= last && row->last >= place->line;

		if (inside && suppress_rule_fits(row->rule, rule) && !suppress_is_over(row, today))
			return row;
	}
	return NULL;
}

/* A step that is a body, not an expression, has the one line on which it starts. */
static bool spans_a_body(enum finding_step_kind kind)
{
	return kind == STEP_ENTER || kind == STEP_LOOP;
}

static const GPtrArray *list_at(GHashTable *files, const char *file)
{
	return file ? g_hash_table_lookup(files, file) : NULL;
}

struct suppression *suppress_find_step(GHashTable *index, const char *rule, const GPtrArray *steps,
				       const char *today)
{
	struct suppression *found = NULL;

	for (guint i = 0; !found && i < steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(steps, i);
		struct finding_place place = step->place;

		if (spans_a_body(step->kind))
			place.end_line = place.line;
		found = find_at(list_at(index, place.file), rule, &place, false, today);
	}
	return found;
}

struct suppression *suppress_find(GHashTable *index, const struct finding *finding,
				  const char *today, bool *ret_at_sink)
{
	struct finding_place sink = finding->place;
	struct suppression *found;

	if (g_strcmp0(finding->sink_name, "loop") == 0)
		sink.end_line = sink.line;
	found = find_at(list_at(index, sink.file), finding->rule, &sink, true, today);
	*ret_at_sink = found != NULL;
	return found ? found : suppress_find_step(index, finding->rule, finding->steps, today);
}

bool suppress_covers(const struct suppression *suppression, const char *file, guint first,
		     guint last)
{
	return !suppression->whole_file && suppression->first <= last &&
	       suppression->last >= first && g_str_equal(suppression->file, file);
}

GHashTable *suppress_index(const GPtrArray *suppressions)
{
	struct index index = {.files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
							     (GDestroyNotify)g_ptr_array_unref)};

	for (guint i = 0; i < suppressions->len; i++) {
		struct suppression *row = g_ptr_array_index(suppressions, i);

		g_ptr_array_add(list_of(&index, row->file), row);
	}
	return index.files;
}

void suppress_apply(const GPtrArray *suppressions, const GPtrArray *findings, const char *today)
{
	g_autoptr(GHashTable) files = suppress_index(suppressions);

	for (guint i = 0; i < findings->len; i++) {
		struct finding *finding = g_ptr_array_index(findings, i);
		bool at_sink;
		struct suppression *by = suppress_find(files, finding, today, &at_sink);

		if (!by)
			continue;
		by->hits++;
		if (!finding->suppressed_by)
			finding_hide(finding, by->kind, by->reason, by->rule, by->file, by->line);
	}
}

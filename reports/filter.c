/* Which findings are wanted. */
#include "reports/filter.h"

#include <gio/gio.h>
#include <jansson.h>
#include <string.h>

#include "reports/store/table.h"

struct line_range {
	guint first, last;
};

/* One entry of a line filter. */
struct line_entry {
	char *name;
	GArray *ranges; /* empty: the whole file */
};

static void line_entry_free(void *data)
{
	struct line_entry *entry = data;

	g_free(entry->name);
	g_array_unref(entry->ranges);
	g_free(entry);
}

void filter_clear(struct filter *filter)
{
	if (filter->lines)
		g_ptr_array_unref(filter->lines);
	if (filter->headers)
		g_regex_unref(filter->headers);
	changes_free(filter->changes);
	if (filter->touched)
		g_hash_table_unref(filter->touched);
}

/* ---- lines and headers ------------------------------------------------------------------------
 */

static bool read_range(struct line_entry *entry, json_t *pair)
{
	json_int_t first = json_integer_value(json_array_get(pair, 0));
	json_int_t last = json_integer_value(json_array_get(pair, 1));
	struct line_range range;

	if (json_array_size(pair) != 2 || first < 1 || last < first || last > G_MAXINT)
		return false;
	range = (struct line_range){(guint)first, (guint)last};
	g_array_append_val(entry->ranges, range);
	return true;
}

/* NULL, or what is wrong with it. */
static const char *read_entry(struct filter *filter, json_t *json)
{
	const char *name = json_string_value(json_object_get(json, "name"));
	json_t *lines = json_object_get(json, "lines");
	struct line_entry *entry;
	size_t known = (name != NULL) + (lines != NULL);

	if (!json_is_object(json) || !name || name[0] == '\0')
		return "an entry is an object with a name";
	if (json_object_size(json) != known)
		return "an entry has name and lines, nothing else";
	if (lines && !json_is_array(lines))
		return "lines is a list of ranges, as [[1, 3], [5, 7]]";
	entry = g_new0(struct line_entry, 1);
	entry->name = g_strdup(name);
	entry->ranges = g_array_new(FALSE, FALSE, sizeof(struct line_range));
	g_ptr_array_add(filter->lines, entry);
	for (size_t i = 0; i < json_array_size(lines); i++)
		if (!read_range(entry, json_array_get(lines, i)))
			return "a range is two lines, as [1, 3]";
	return NULL;
}

bool filter_read_lines(struct filter *filter, const char *json, GError **error)
{
	json_error_t place;
	json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &place);
	const char *problem = NULL;

	if (!root) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "the line filter is not JSON: %d:%d: %s", place.line, place.column,
			    place.text);
		return false;
	}
	if (!json_is_array(root) || json_array_size(root) == 0)
		problem = "it is a list, as [{\"name\": \"a.c\", \"lines\": [[1, 3]]}]";
	filter->lines = g_ptr_array_new_with_free_func(line_entry_free);
	for (size_t i = 0; !problem && i < json_array_size(root); i++)
		problem = read_entry(filter, json_array_get(root, i));
	if (problem)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "the line filter cannot be understood: %s", problem);
	json_decref(root);
	return !problem;
}

bool filter_read_headers(struct filter *filter, const char *regex, GError **error)
{
	g_autoptr(GError) problem = NULL;

	filter->headers = g_regex_new(regex, G_REGEX_OPTIMIZE, 0, &problem);
	if (filter->headers)
		return true;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
		    "the header filter is not a regular expression: %s", problem->message);
	return false;
}

static bool fits_lines(const GPtrArray *entries, const struct finding_place *place)
{
	for (guint i = 0; i < entries->len; i++) {
		const struct line_entry *entry = g_ptr_array_index(entries, i);
		bool fits = entry->ranges->len == 0;

		if (!place->file || !g_str_has_suffix(place->file, entry->name))
			continue;
		for (guint k = 0; !fits && k < entry->ranges->len; k++) {
			const struct line_range *range =
				&g_array_index(entry->ranges, struct line_range, k);

			fits = place->line >= range->first && place->line <= range->last;
		}
		if (fits)
			return true;
	}
	return false;
}

static bool fits_headers(GRegex *headers, const struct finding *finding)
{
	const char *file = finding->place.file;

	return !file || g_strcmp0(file, finding->unit) == 0 ||
	       g_regex_match(headers, file, 0, NULL);
}

/* ---- changes ----------------------------------------------------------------------------------
 */

/* A static function of one name may be in several files. */
static char *function_key(const char *usr, const char *file)
{
	return g_strdup_printf("%s\n%s", usr, file ? file : "");
}

static void learn(struct filter *filter, const char *usr, const char *file, guint line,
		  guint end_line)
{
	if (changes_touch(filter->changes, file, line, end_line))
		g_hash_table_add(filter->touched, function_key(usr, file));
}

static void start_learning(struct filter *filter)
{
	if (!filter->touched)
		filter->touched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void filter_learn_program(struct filter *filter, const struct program *program)
{
	if (!filter->changes)
		return;
	start_learning(filter);
	for (guint i = 0; i < program->function_count; i++) {
		const struct program_function *function = &program->functions[i];

		learn(filter, function->usr, function->file, function->line, function->end_line);
	}
}

bool filter_learn_store(struct filter *filter, struct store *store, GError **error)
{
	static const char sql[] =
		"SELECT f.usr, p.path, d.line, d.end_line FROM definition d"
		" JOIN function f USING(function_id) JOIN file p ON p.file_id = f.file_id";
	g_autoptr(table_t) rows = NULL;

	if (!filter->changes)
		return true;
	rows = table_read(store, sql, NULL, 0, error);
	if (!rows)
		return false;
	start_learning(filter);
	for (guint i = 0; i < table_row_count(rows); i++)
		learn(filter, table_text(rows, i, 0), table_text(rows, i, 1),
		      (guint)table_integer(rows, i, 2), (guint)table_integer(rows, i, 3));
	return true;
}

static bool touches(const struct filter *filter, const struct finding_place *place, const char *usr)
{
	g_autofree char *key = NULL;

	if (changes_touch(filter->changes, place->file, place->line, place->line))
		return true;
	if (!usr || !filter->touched)
		return false;
	key = function_key(usr, place->file);
	return g_hash_table_contains(filter->touched, key);
}

static bool fits_changes(const struct filter *filter, const struct finding *finding)
{
	bool fits = touches(filter, &finding->place, finding->function_usr);

	for (guint i = 0; !fits && i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);

		fits = touches(filter, &step->place, step->usr);
	}
	return fits;
}

bool filter_fits(const struct filter *filter, const struct finding *finding)
{
	if (filter->lines && !fits_lines(filter->lines, &finding->place))
		return false;
	if (filter->headers && !fits_headers(filter->headers, finding))
		return false;
	return !filter->changes || fits_changes(filter, finding);
}

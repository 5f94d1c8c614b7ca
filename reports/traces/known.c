/* Reads the latest static run. Files whose content is no more what was analysed make their findings
 * stale: lines have moved, and the program that runs may have been made from either. */
#include "reports/traces/known.h"

#include <string.h>
#include <xxhash.h>

#include "reports/store/table.h"

enum { FILE_SIZE_MOST = 32 << 20 };

static const char select_run[] =
	"SELECT run_id, root, series FROM run WHERE kind = 'static' ORDER BY run_id DESC LIMIT 1";

static const char select_functions[] =
	"SELECT f.function_id, f.name, f.usr, fl.path, d.line,"
	" EXISTS(SELECT 1 FROM continuation c WHERE c.function_id = f.function_id"
	"  AND c.context = 'io')"
	" FROM definition d JOIN function f USING(function_id) LEFT JOIN file fl USING(file_id)";

/* Misuses of a library say nothing of time; a broken promise not to block does. What stands in no
 * continuation holds no I/O thread that a trace tells of. */
static const char select_findings[] =
	"SELECT o.finding_id, o.variant_id, f.fp, f.rule_id, f.sink, v.root_id, r.name,"
	" v.function_id, fl.path, v.line, coalesce(v.end_line, v.line), v.other_roots, rf.path"
	" FROM occurrence o JOIN finding f USING(finding_id) JOIN variant v USING(variant_id)"
	" JOIN file fl ON fl.file_id = v.file_id JOIN function r ON r.function_id = v.root_id"
	" LEFT JOIN file rf ON rf.file_id = r.file_id JOIN rule ON rule.rule_id = f.rule_id"
	" WHERE o.run_id = :run AND f.context = 'io' AND"
	" (rule.family IN ('blocks', 'waits', 'computes') OR f.rule_id = 'annotation-violated')"
	" AND EXISTS(SELECT 1 FROM continuation c WHERE c.function_id = v.root_id)"
	" ORDER BY fl.path, v.line, v.col, o.finding_id";

static const char select_versions[] =
	"SELECT fl.path, v.content_hash FROM run_file JOIN file_version v USING(file_version_id)"
	" JOIN file fl USING(file_id) WHERE run_id = :run";

/* The rows of `sql`; `known` keeps them. */
static const struct table *ask(struct known *known, struct store *store, const char *sql,
			       GError **error)
{
	g_autofree char *run = g_strdup_printf("%" G_GINT64_FORMAT, known->run_id);
	const struct store_param param = {"run", run};
	struct table *table = table_read(store, sql, &param, strstr(sql, ":run") ? 1 : 0, error);

	if (table)
		g_ptr_array_add(known->tables, table);
	return table;
}

static bool read_run(struct known *known, struct store *store, GError **error)
{
	const struct table *table = ask(known, store, select_run, error);

	if (!table)
		return false;
	if (table_row_count(table) == 0) {
		g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN,
			    "the database has no run of contlint check to compare with");
		return false;
	}
	known->run_id = table_integer(table, 0, 0);
	if (table_text(table, 0, 1)[0] != '\0')
		known->root = g_strdup(table_text(table, 0, 1));
	known->series = table_text(table, 0, 2);
	return true;
}

static void add_name(struct known *known, const char *name, guint position)
{
	GArray *positions = g_hash_table_lookup(known->by_name, name);

	if (!positions) {
		positions = g_array_new(FALSE, FALSE, sizeof(guint));
		g_hash_table_insert(known->by_name, (gpointer)name, positions);
	}
	g_array_append_val(positions, position);
}

static bool read_functions(struct known *known, struct store *store, GError **error)
{
	const struct table *table = ask(known, store, select_functions, error);

	if (!table)
		return false;
	for (guint i = 0; i < table_row_count(table); i++) {
		const struct known_function function = {
			.id = table_integer(table, i, 0),
			.name = table_text(table, i, 1),
			.usr = table_text(table, i, 2),
			.file = table_text(table, i, 3),
			.line = (guint)table_integer(table, i, 4),
			.continuation = table_integer(table, i, 5) != 0,
		};

		known->continuations += function.continuation;
		add_name(known, function.name, known->functions->len);
		g_array_append_val(known->functions, function);
	}
	return true;
}

char *known_hash_file(const char *path)
{
	g_autofree char *text = NULL;
	XXH128_hash_t hash;
	gsize size;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) ||
	    !g_file_get_contents(path, &text, &size, NULL) || size > FILE_SIZE_MOST)
		return NULL;
	hash = XXH3_128bits(text, size);
	return g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
			       (guint64)hash.high64, (guint64)hash.low64);
}

/* Paths of files that have changed since the run. A file that is not there (the trace is looked at
 * on another machine) counts as unchanged. */
static GHashTable *find_changed(const struct known *known, const struct table *versions)
{
	GHashTable *changed = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; known->root && i < table_row_count(versions); i++) {
		const char *path = table_text(versions, i, 0);
		g_autofree char *whole = g_canonicalize_filename(path, known->root);
		g_autofree char *hash = known_hash_file(whole);

		if (hash && strcmp(hash, table_text(versions, i, 1)) != 0)
			(void)g_hash_table_add(changed, (gpointer)path);
	}
	return changed;
}

static bool read_findings(struct known *known, struct store *store, GError **error)
{
	const struct table *table = ask(known, store, select_findings, error);
	const struct table *versions = table ? ask(known, store, select_versions, error) : NULL;
	g_autoptr(GHashTable) changed = NULL;

	if (!versions)
		return false;
	changed = find_changed(known, versions);
	for (guint i = 0; i < table_row_count(table); i++) {
		struct known_finding finding = {
			.id = table_integer(table, i, 0),
			.variant_id = table_integer(table, i, 1),
			.fingerprint = table_text(table, i, 2),
			.rule = table_text(table, i, 3),
			.sink = table_text(table, i, 4),
			.root_id = table_integer(table, i, 5),
			.root = table_text(table, i, 6),
			.function_id = table_integer(table, i, 7),
			.file = table_text(table, i, 8),
			.line = (guint)table_integer(table, i, 9),
			.end_line = (guint)table_integer(table, i, 10),
			.other_roots = (guint)table_integer(table, i, 11),
		};

		finding.stale = g_hash_table_contains(changed, finding.file) ||
				g_hash_table_contains(changed, table_text(table, i, 12));
		g_array_append_val(known->findings, finding);
	}
	return true;
}

static void free_table(void *table)
{
	table_free(table);
}

static void free_array(void *array)
{
	g_array_unref(array);
}

struct known *known_read(struct store *store, GError **error)
{
	g_autoptr(known_t) known = g_new0(struct known, 1);

	known->functions = g_array_new(FALSE, FALSE, sizeof(struct known_function));
	known->findings = g_array_new(FALSE, FALSE, sizeof(struct known_finding));
	known->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_array);
	known->tables = g_ptr_array_new_with_free_func(free_table);
	if (!read_run(known, store, error) || !read_functions(known, store, error) ||
	    !read_findings(known, store, error))
		return NULL;
	return g_steal_pointer(&known);
}

void known_free(struct known *known)
{
	if (!known)
		return;
	g_free(known->root);
	g_array_unref(known->functions);
	g_array_unref(known->findings);
	g_hash_table_unref(known->by_name);
	g_ptr_array_unref(known->tables);
	g_free(known);
}

/* `path` is what the compiler said, `file` relative to the project or absolute. */
static bool same_file(const char *path, const char *file)
{
	gsize size = strlen(path), tail = strlen(file);

	if (tail > size || strcmp(path + size - tail, file) != 0)
		return false;
	return size == tail || file[0] == '/' || path[size - tail - 1] == '/';
}

enum known_match known_find(const struct known *known, const struct symbol *symbol,
			    const struct known_function **ret_function)
{
	const GArray *positions =
		symbol->name ? g_hash_table_lookup(known->by_name, symbol->name) : NULL;
	const struct known_function *found = NULL;

	for (guint i = 0; positions && i < positions->len; i++) {
		const struct known_function *function =
			&g_array_index(known->functions, struct known_function,
				       g_array_index(positions, guint, i));

		if (symbol->file && !same_file(symbol->file, function->file))
			continue;
		if (found)
			return KNOWN_SEVERAL;
		found = function;
	}
	if (!found)
		return KNOWN_NONE;
	*ret_function = found;
	return KNOWN_ONE;
}

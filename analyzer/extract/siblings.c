/* Asynchronous twins: for each function that is called, a visible declaration whose name says that
 * it does the same without waiting. All that facts carry of it is its symbol. */
#include <string.h>

#include "analyzer/extract/unit.h"

/* How names of twins are made. `strip` is taken from the end, `add` put there; `also`, added to
 * the same stem, must be declared too; CALLBACK: the twin must take a function. */
struct pattern {
	const char *strip, *add, *also;
};

#define CALLBACK "("

static const struct pattern patterns[] = {
	/* waits      does not       proof */
	{"", "_async", NULL}, /* g_file_copy, g_file_copy_async */
	{"_sync", "_async", NULL},
	{"_sync", "", "_finish"}, /* g_dbus_proxy_call_sync, g_dbus_proxy_call */
	{"_sync", "", CALLBACK},
	{"", "_start", "_cont"}, /* mysql_query, mysql_query_start */
	{"", "_nonblocking", NULL},
	{"", "_nb", NULL},
	{"_s", "", NULL}, /* ldap_search_ext_s, ldap_search_ext */
};

void sibling_declared(struct unit *unit, CXCursor function)
{
	CXString name = clang_getCursorSpelling(function);
	guint row = unit->declared->len;

	if (!g_hash_table_contains(unit->declared_names, clang_getCString(name))) {
		g_array_append_val(unit->declared, function);
		g_hash_table_insert(unit->declared_names, g_strdup(clang_getCString(name)),
				    GUINT_TO_POINTER(row + 1));
	}
	clang_disposeString(name);
}

static guint find_declared(const struct unit *unit, const char *stem, size_t size, const char *end)
{
	g_autofree char *name = g_strdup_printf("%.*s%s", (int)size, stem, end);

	return GPOINTER_TO_UINT(g_hash_table_lookup(unit->declared_names, name));
}

static bool takes_function(CXCursor function)
{
	int count = clang_Cursor_getNumArguments(function);

	for (int i = 0; i < count; i++) {
		CXType type = clang_getCanonicalType(
			clang_getCursorType(clang_Cursor_getArgument(function, (unsigned)i)));

		if (clang_getPointeeType(type).kind == CXType_FunctionProto)
			return true;
	}
	return false;
}

static bool is_proven(const struct unit *unit, const struct pattern *p, const char *name,
		      size_t stem, guint twin)
{
	if (!p->also)
		return true;
	if (!strcmp(p->also, CALLBACK))
		return takes_function(g_array_index(unit->declared, CXCursor, twin - 1));
	return find_declared(unit, name, stem, p->also);
}

/* Row of the twin's declaration + 1, or 0. */
static guint find_twin(const struct unit *unit, const char *name)
{
	size_t size = strlen(name);

	for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
		const struct pattern *p = &patterns[i];
		size_t stem = size - MIN(size, strlen(p->strip));
		guint twin;

		if (!stem || strcmp(name + stem, p->strip) != 0)
			continue;
		twin = find_declared(unit, name, stem, p->add);
		if (twin && is_proven(unit, p, name, stem, twin))
			return twin;
	}
	return 0;
}

void siblings_finish(struct unit *unit)
{
	guint count = unit->facts->symbols->len;

	for (fact_id i = 0; i < count; i++) {
		const struct fact_symbol *symbol =
			facts_row(unit->facts, symbols, struct fact_symbol, i);
		guint twin = symbol->kind == FACT_SYMBOL_FUNCTION
				     ? find_twin(unit, facts_string(unit->facts, symbol->name))
				     : 0;
		fact_id id = FACT_NONE;

		if (twin)
			id = symbol_of(unit, g_array_index(unit->declared, CXCursor, twin - 1));
		facts_row(unit->facts, symbols, struct fact_symbol, i)->twin = id;
	}
	for (fact_id i = count; i < unit->facts->symbols->len; i++)
		facts_row(unit->facts, symbols, struct fact_symbol, i)->twin = FACT_NONE;
}

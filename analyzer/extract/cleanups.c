/* Variables with the attribute cleanup(f), as g_autoptr() and g_autofree make them: f is called
 * where their scope ends and before each return out of it. libclang does not show what the
 * attribute names, but the printed declaration does. The argument is left open: it is the address
 * of a variable that mostly holds something else than what was last stored there. Misses scopes
 * that are left by break, continue or goto. */
#include <string.h>

#include "analyzer/extract/unit.h"

static enum CXChildVisitResult see_attribute(CXCursor cursor, CXCursor parent, CXClientData data)
{
	bool *found = data;

	*found |= cursor.kind == CXCursor_UnexposedAttr;
	return *found ? CXChildVisit_Break : CXChildVisit_Continue;
}

/* The name between the parentheses of "cleanup(f)", or NULL. Caller frees. */
static char *named(CXCursor variable)
{
	static const char word[] = "cleanup(";
	CXPrintingPolicy policy = clang_getCursorPrintingPolicy(variable);
	CXString printed;
	const char *at;
	char *name = NULL;

	clang_PrintingPolicy_setProperty(policy, CXPrintingPolicy_TerseOutput, 1);
	printed = clang_getCursorPrettyPrinted(variable, policy);
	clang_PrintingPolicy_dispose(policy);
	at = strstr(clang_getCString(printed), word);
	if (at) {
		at += strlen(word);
		name = g_strndup(at, strcspn(at, ")"));
	}
	clang_disposeString(printed);
	return name;
}

void cleanup_declared(struct unit *unit, CXCursor variable)
{
	struct cleanup cleanup = {.variable = variable};
	g_autofree char *name = NULL;
	const struct decl *decl;
	bool found = false;
	guint row;

	if (!clang_Cursor_hasAttrs(variable))
		return;
	clang_visitChildren(variable, see_attribute, &found);
	name = found ? named(variable) : NULL;
	row = name ? GPOINTER_TO_UINT(g_hash_table_lookup(unit->declared_names, name)) : 0;
	decl = row ? decl_of(unit, g_array_index(unit->declared, CXCursor, row - 1)) : NULL;
	if (!decl || decl->kind != DECL_VALUE)
		return;
	cleanup.callee = decl->value;
	cleanup.name = facts_intern(unit->facts, name);
	g_array_append_val(unit->cleanups, cleanup);
}

static void add_call(struct unit *unit, const struct cleanup *cleanup)
{
	fact_id argument = value_new(unit, FACT_VALUE_UNKNOWN, FACT_NONE, FACT_NONE);
	g_autofree char *text =
		g_strdup_printf("%s (&)", facts_string(unit->facts, cleanup->name));
	guint row = event_add(unit, FACT_EVENT_CALL, cleanup->variable, cleanup->callee,
			      unit->facts->arguments->len, 1);

	g_array_append_val(unit->facts->arguments, argument);
	event_row(unit, row)->text = facts_intern(unit->facts, text);
	event_row(unit, row)->end = event_row(unit, row)->loc;
}

void cleanups_run(struct unit *unit, guint first)
{
	for (guint i = unit->cleanups->len; i > first; i--) {
		struct cleanup cleanup = g_array_index(unit->cleanups, struct cleanup, i - 1);

		add_call(unit, &cleanup);
	}
}

void cleanups_end(struct unit *unit, guint first)
{
	guint last = unit->events->len;

	if (unit->cleanups->len == first)
		return;
	if (last == 0 || event_row(unit, last - 1)->kind != FACT_EVENT_RETURN)
		cleanups_run(unit, first);
	g_array_set_size(unit->cleanups, first);
}

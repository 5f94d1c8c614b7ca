/* Fields of records without a name. libclang keys them by file and offset, which changes with every
 * edit above them; we key them by the nearest record that has a name and the members on the way:
 * c:@S@uv_loop_s@in@FI@close_cb. A record without any name around it is keyed by the variable (or
 * typedef) that is declared with it. */
#include <string.h>

#include "analyzer/extract/unit.h"

/* How deep unnamed records nest before we give up. */
#define RECORD_DEPTH 16

static char *take(CXString string)
{
	char *copy = g_strdup(clang_getCString(string));

	clang_disposeString(string);
	return copy ? copy : g_strdup("");
}

static CXCursor record_declaration(CXType type)
{
	type = clang_getCanonicalType(type);
	while (type.kind == CXType_ConstantArray || type.kind == CXType_IncompleteArray ||
	       type.kind == CXType_Pointer || type.kind == CXType_VariableArray)
		type = clang_getCanonicalType(type.kind == CXType_Pointer
						      ? clang_getPointeeType(type)
						      : clang_getArrayElementType(type));
	return clang_getTypeDeclaration(type);
}

/* The declaration that is made with an unnamed record: `struct { … } in;` */
struct declared_with {
	CXCursor record;
	CXCursor found; /* null cursor if there is none */
};

static enum CXChildVisitResult find_declared(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct declared_with *search = data;

	if (cursor.kind == CXCursor_DeclStmt || clang_isStatement(cursor.kind))
		return CXChildVisit_Recurse;
	if (cursor.kind != CXCursor_FieldDecl && cursor.kind != CXCursor_VarDecl &&
	    cursor.kind != CXCursor_TypedefDecl)
		return CXChildVisit_Continue;
	if (!clang_equalCursors(record_declaration(clang_getCursorType(cursor)), search->record))
		return CXChildVisit_Continue;
	search->found = cursor;
	return CXChildVisit_Break;
}

/* True if libclang's key of a field is made of names only. */
static bool is_stable(const char *usr)
{
	static const char *const tags[] = {"c:@S@", "c:@SA@", "c:@U@", "c:@UA@"};

	for (guint i = 0; i < G_N_ELEMENTS(tags); i++) {
		const char *name;

		if (!g_str_has_prefix(usr, tags[i]))
			continue;
		name = usr + strlen(tags[i]);
		return g_str_has_prefix(name + strcspn(name, "@"), "@FI@");
	}
	return false;
}

static char *owner_in(const char *usr)
{
	const char *name = strchr(usr + 3, '@') + 1;

	return g_strndup(name, strcspn(name, "@"));
}

static bool is_record(CXCursor cursor)
{
	return cursor.kind == CXCursor_StructDecl || cursor.kind == CXCursor_UnionDecl;
}

static bool has_name(CXCursor record)
{
	g_autofree char *name = take(clang_getCursorSpelling(record));

	return !clang_Cursor_isAnonymous(record) && *name && !strchr(name, '(');
}

/* A record with a name: by libclang's key, with the path in it if it is local to a file. */
static void named_key(struct unit *unit, CXCursor record, GString *key, GString *owner)
{
	g_autofree char *usr = take(clang_getCursorUSR(record));
	g_autofree char *stable = stable_usr(unit, record, usr);
	g_autofree char *name = take(clang_getCursorSpelling(record));

	g_string_append(key, stable);
	g_string_append(owner, name);
}

/* A record without a name and without a record around it. */
static void variable_key(struct unit *unit, CXCursor record, CXCursor parent, GString *key,
			 GString *owner)
{
	struct declared_with search = {record, clang_getNullCursor()};
	g_autofree char *usr = NULL;
	g_autofree char *stable = NULL;
	g_autofree char *name = NULL;

	clang_visitChildren(parent, find_declared, &search);
	if (clang_Cursor_isNull(search.found)) {
		usr = take(clang_getCursorUSR(record));
		stable = stable_usr(unit, record, usr);
		g_string_append(key, stable);
		return;
	}
	usr = take(clang_getCursorUSR(search.found));
	stable = stable_usr(unit, search.found, usr);
	name = take(clang_getCursorSpelling(search.found));
	g_string_append(key, stable);
	g_string_append(owner, name);
}

static void record_key(struct unit *unit, CXCursor record, GString *key, GString *owner,
		       guint depth)
{
	CXCursor parent = clang_getCursorSemanticParent(record);
	struct declared_with search = {record, clang_getNullCursor()};
	g_autofree char *name = NULL;

	if (has_name(record) || depth > RECORD_DEPTH) {
		named_key(unit, record, key, owner);
		return;
	}
	if (!is_record(parent))
		parent = clang_getCursorLexicalParent(record);
	if (!is_record(parent)) {
		variable_key(unit, record, parent, key, owner);
		return;
	}
	record_key(unit, parent, key, owner, depth + 1);
	clang_visitChildren(parent, find_declared, &search);
	if (clang_Cursor_isNull(search.found))
		return; /* an anonymous member: its fields are its parent's */
	if (is_unnamed(search.found))
		return;
	name = take(clang_getCursorSpelling(search.found));
	g_string_append_printf(key, "@%s", name);
	g_string_append_printf(owner, ".%s", name);
}

void field_key(struct unit *unit, CXCursor field, char **ret_usr, char **ret_owner)
{
	g_autofree char *usr = take(clang_getCursorUSR(field));
	g_autofree char *name = NULL;
	GString *key, *owner;

	if (is_stable(usr)) {
		*ret_owner = owner_in(usr);
		*ret_usr = g_steal_pointer(&usr);
		return;
	}
	name = take(clang_getCursorSpelling(field));
	key = g_string_new(NULL);
	owner = g_string_new(NULL);
	record_key(unit, clang_getCursorSemanticParent(field), key, owner, 0);
	g_string_append_printf(key, "@FI@%s", name);
	*ret_usr = g_string_free(key, FALSE);
	*ret_owner = g_string_free(owner, FALSE);
}

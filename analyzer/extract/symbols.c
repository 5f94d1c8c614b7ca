/* Declarations -> symbols and the values that stand for them. A declaration costs its name, key and
 * attributes once a unit; every later reference is one look-up by cursor. */
#include <string.h>

#include "analyzer/extract/unit.h"

struct builtin_name {
	const char *name;
	enum builtin builtin;
};

/* Builtins that are no calls: hints that hand on their first argument, and questions to the
 * compiler. */
static const struct builtin_name builtins[] = {
	{"__builtin_expect", BUILTIN_FIRST_ARGUMENT},
	{"__builtin_expect_with_probability", BUILTIN_FIRST_ARGUMENT},
	{"__builtin_assume_aligned", BUILTIN_FIRST_ARGUMENT},
	{"__builtin_launder", BUILTIN_FIRST_ARGUMENT},
	{"__builtin_assume", BUILTIN_UNKNOWN},
	{"__builtin_constant_p", BUILTIN_UNKNOWN},
	{"__builtin_object_size", BUILTIN_UNKNOWN},
	{"__builtin_dynamic_object_size", BUILTIN_UNKNOWN},
	{"__builtin_va_start", BUILTIN_UNKNOWN},
	{"__builtin_va_end", BUILTIN_UNKNOWN},
	{"__builtin_va_copy", BUILTIN_UNKNOWN},
	{"__builtin_prefetch", BUILTIN_UNKNOWN},
	{"__builtin_frame_address", BUILTIN_UNKNOWN},
	{"__builtin_return_address", BUILTIN_UNKNOWN},
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "@123@F@f@x" -> "@F@f@x": what stands inside a function is keyed by where it starts. */
static const char *without_offset(const char *key)
{
	const char *end = key + 1;

	while (g_ascii_isdigit(*end))
		end++;
	return *key == '@' && end > key + 1 && *end == '@' ? end : key;
}

char *stable_usr(struct unit *unit, CXCursor cursor, const char *usr)
{
	fact_id loc;
	const char *path, *base, *key;

	if (!g_str_has_prefix(usr, "c:") || usr[2] == '@')
		return g_strdup(usr);
	loc = location_row(unit, clang_getCursorLocation(cursor));
	if (loc == FACT_NONE)
		return g_strdup(usr);
	path = facts_string(unit->facts,
			    facts_row(unit->facts, files, struct fact_file,
				      facts_row(unit->facts, locs, struct fact_loc, loc)->file)
				    ->path);
	base = base_name(path);
	key = usr + 2;
	if (g_str_has_prefix(key, base) && key[strlen(base)] == '@')
		key += strlen(base);
	else if (!(key = strchr(key, '@')))
		return g_strdup(usr);
	return g_strconcat("c:", path, without_offset(key), NULL);
}

static uint32_t linkage_of(CXCursor cursor, enum fact_symbol_kind kind)
{
	if (kind != FACT_SYMBOL_FUNCTION && kind != FACT_SYMBOL_VARIABLE)
		return FACT_LINKAGE_NONE;
	switch (clang_getCursorLinkage(cursor)) {
	case CXLinkage_External:
	case CXLinkage_UniqueExternal:
		return FACT_LINKAGE_EXTERNAL;
	case CXLinkage_Internal:
	case CXLinkage_NoLinkage: /* a static inside a function */
	case CXLinkage_Invalid:
		return FACT_LINKAGE_INTERNAL;
	}
	return FACT_LINKAGE_INTERNAL;
}

static uint32_t symbol_flags(struct unit *unit, CXCursor cursor, enum fact_symbol_kind kind)
{
	CXType type = clang_getCursorType(cursor);
	uint32_t flags = 0;

	if (kind == FACT_SYMBOL_FUNCTION) {
		flags |= clang_isFunctionTypeVariadic(type) ? FACT_SYMBOL_VARIADIC : 0;
		flags |= clang_Cursor_isFunctionInlined(cursor) ? FACT_SYMBOL_INLINE : 0;
	} else {
		flags |= type_of(unit, type)->flags;
	}
	if (kind == FACT_SYMBOL_FIELD &&
	    clang_getCursorSemanticParent(cursor).kind == CXCursor_UnionDecl)
		flags |= FACT_SYMBOL_UNION_FIELD;
	if (clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)))
		flags |= FACT_SYMBOL_SYSTEM;
	return flags;
}

/* Two statics of one function may share a name in different blocks: the later get a number. */
static char *unused_usr(struct unit *unit, char *usr)
{
	for (guint i = 2;; i++) {
		g_autofree char *numbered = g_strdup_printf("%s#%u", usr, i);
		fact_id id = facts_intern(unit->facts, numbered);

		if (g_hash_table_contains(unit->symbols, GUINT_TO_POINTER(id)))
			continue;
		g_free(usr);
		return g_steal_pointer(&numbered);
	}
}

static char *usr_of(struct unit *unit, CXCursor cursor)
{
	CXString usr = clang_getCursorUSR(cursor);
	char *stable = stable_usr(unit, cursor, clang_getCString(usr));

	clang_disposeString(usr);
	return stable;
}

static fact_id add_symbol(struct unit *unit, CXCursor cursor, enum fact_symbol_kind kind,
			  fact_id usr, const char *owner)
{
	CXCursor definition = clang_getCursorDefinition(cursor);
	CXCursor shown =
		clang_Cursor_isNull(definition) ? clang_getCanonicalCursor(cursor) : definition;
	CXString name = clang_getCursorSpelling(cursor);
	fact_id id = unit->facts->symbols->len;
	struct fact_symbol row = {
		.usr = usr,
		.name = facts_intern(unit->facts, clang_getCString(name)),
		.owner = facts_intern(unit->facts, owner),
		.type = FACT_NONE,
		.kind = kind,
		.linkage = linkage_of(cursor, kind),
		.flags = symbol_flags(unit, cursor, kind),
		.loc = location_row(unit, clang_getCursorLocation(shown)),
	};

	clang_disposeString(name);
	/* Spelling the type can add the typedef's symbol, so the row goes in first. */
	g_array_append_val(unit->facts->symbols, row);
	g_hash_table_insert(unit->symbols, GUINT_TO_POINTER(usr), GUINT_TO_POINTER(id + 1));
	row.type = kind == FACT_SYMBOL_TYPEDEF
			   ? type_spelling(unit, clang_getTypedefDeclUnderlyingType(cursor))
			   : type_spelling(unit, clang_getCursorType(cursor));
	row.flags |= attributes_of(unit, clang_Cursor_isNull(definition) ? cursor : definition, id);
	facts_row(unit->facts, symbols, struct fact_symbol, id)->type = row.type;
	facts_row(unit->facts, symbols, struct fact_symbol, id)->flags = row.flags;
	return id;
}

static bool kind_of(CXCursor cursor, enum fact_symbol_kind *ret_kind)
{
	switch ((int)cursor.kind) {
	case CXCursor_FunctionDecl:
		*ret_kind = FACT_SYMBOL_FUNCTION;
		return true;
	case CXCursor_VarDecl:
		*ret_kind = FACT_SYMBOL_VARIABLE;
		return true;
	case CXCursor_FieldDecl:
		*ret_kind = FACT_SYMBOL_FIELD;
		return true;
	case CXCursor_TypedefDecl:
		*ret_kind = FACT_SYMBOL_TYPEDEF;
		return true;
	}
	return false;
}

static fact_id new_symbol(struct unit *unit, CXCursor cursor)
{
	g_autofree char *usr = NULL;
	g_autofree char *owner = NULL;
	enum fact_symbol_kind kind;
	gpointer known;
	fact_id usr_id;

	if (!kind_of(cursor, &kind))
		return FACT_NONE;
	if (kind == FACT_SYMBOL_FIELD)
		field_key(unit, cursor, &usr, &owner);
	else
		usr = usr_of(unit, cursor);
	usr_id = facts_intern(unit->facts, usr);
	known = g_hash_table_lookup(unit->symbols, GUINT_TO_POINTER(usr_id));
	if (known && clang_getCursorLinkage(cursor) != CXLinkage_NoLinkage)
		return GPOINTER_TO_UINT(known) - 1;
	if (known && kind == FACT_SYMBOL_VARIABLE) {
		usr = unused_usr(unit, g_steal_pointer(&usr));
		usr_id = facts_intern(unit->facts, usr);
	} else if (known) {
		return GPOINTER_TO_UINT(known) - 1;
	}
	return add_symbol(unit, cursor, kind, usr_id, owner);
}

static bool find_builtin(CXCursor cursor, enum builtin *ret_builtin)
{
	CXString name = clang_getCursorSpelling(cursor);
	const char *text = clang_getCString(name);
	bool found = false;

	if (g_str_has_prefix(text, "__builtin_")) {
		for (guint i = 0; i < G_N_ELEMENTS(builtins) && !found; i++) {
			found = strcmp(text, builtins[i].name) == 0;
			*ret_builtin = builtins[i].builtin;
		}
	}
	clang_disposeString(name);
	return found;
}

bool is_unnamed(CXCursor field)
{
	CXString name = clang_getCursorSpelling(field);
	const char *text = clang_getCString(name);
	bool unnamed = *text == '\0' || strchr(text, '('); /* "union s::(anonymous at …)" */

	clang_disposeString(name);
	return unnamed;
}

/* A local that was not seen declared: it stands too deep, or clang gave up on its declaration. */
static bool is_lost_local(CXCursor cursor)
{
	return cursor.kind == CXCursor_VarDecl &&
	       clang_getCursorLinkage(cursor) == CXLinkage_NoLinkage &&
	       clang_Cursor_getStorageClass(cursor) != CX_SC_Static;
}

bool is_data(struct unit *unit, CXCursor variable)
{
	const struct type_info *info = type_of(unit, clang_getCursorType(variable));

	return !(info->flags & FACT_SYMBOL_CALLABLE) && info->class != TYPE_FUNCTION;
}

static bool returns_callable(struct unit *unit, CXCursor cursor)
{
	return cursor.kind == CXCursor_FunctionDecl &&
	       type_of(unit, clang_getCursorResultType(cursor))->flags & FACT_SYMBOL_CALLABLE;
}

static struct decl *add_decl(struct unit *unit, CXCursor cursor)
{
	struct decl decl = {.cursor = cursor, .value = FACT_NONE, .symbol = FACT_NONE};
	enum builtin builtin;

	if (cursor.kind == CXCursor_EnumConstantDecl) {
		decl.kind = DECL_VALUE;
		decl.value = value_int(unit, clang_getEnumConstantDeclValue(cursor));
	} else if (cursor.kind == CXCursor_FieldDecl) {
		decl.kind = DECL_FIELD;
		decl.symbol = is_unnamed(cursor) ? FACT_NONE : new_symbol(unit, cursor);
	} else if (cursor.kind == CXCursor_FunctionDecl && find_builtin(cursor, &builtin)) {
		decl.kind = DECL_BUILTIN;
		decl.symbol = builtin;
	} else if (is_lost_local(cursor)) {
		decl.kind = DECL_VALUE;
		decl.value = value_new(unit, FACT_VALUE_UNKNOWN, FACT_NONE, FACT_NONE);
	} else if (cursor.kind == CXCursor_FunctionDecl || cursor.kind == CXCursor_VarDecl) {
		decl.kind = DECL_VALUE;
		decl.symbol = new_symbol(unit, cursor);
		decl.value = value_new(unit,
				       cursor.kind == CXCursor_FunctionDecl ? FACT_VALUE_FUNCTION
									    : FACT_VALUE_VARIABLE,
				       decl.symbol, FACT_NONE);
		decl.returns_callable = returns_callable(unit, cursor);
		decl.is_data = cursor.kind == CXCursor_VarDecl && is_data(unit, cursor);
	} else {
		return NULL;
	}
	return decl_map_add(&unit->decls, &decl);
}

struct decl *decl_of(struct unit *unit, CXCursor referenced)
{
	struct decl *known = decl_map_find(&unit->decls, referenced);

	return known ? known : add_decl(unit, referenced);
}

fact_id symbol_of(struct unit *unit, CXCursor cursor)
{
	struct decl *decl;

	if (cursor.kind == CXCursor_TypedefDecl)
		return new_symbol(unit, cursor);
	decl = decl_of(unit, cursor);
	return decl && decl->kind != DECL_BUILTIN ? decl->symbol : FACT_NONE;
}

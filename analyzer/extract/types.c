/* Types: what a value of them is, how they are spelled, and the members of records in order. Each
 * is asked for once a unit. */
#include <string.h>

#include "analyzer/extract/unit.h"

static void integer_type(struct type_info *info, bool is_signed, long long bytes)
{
	info->is_integer = true;
	info->is_signed = is_signed;
	info->bits = bytes > 0 && bytes <= 8 ? bytes * 8 : 64;
}

/* What is called through a pointer, an array of pointers or a pointer to those. */
static bool is_callable(CXType canonical)
{
	while (canonical.kind == CXType_Pointer || canonical.kind == CXType_ConstantArray ||
	       canonical.kind == CXType_IncompleteArray || canonical.kind == CXType_VariableArray) {
		canonical = canonical.kind == CXType_Pointer ? clang_getPointeeType(canonical)
							     : clang_getArrayElementType(canonical);
		canonical = clang_getCanonicalType(canonical);
	}
	return canonical.kind == CXType_FunctionProto || canonical.kind == CXType_FunctionNoProto;
}

static bool is_union(CXType canonical)
{
	return clang_getTypeDeclaration(canonical).kind == CXCursor_UnionDecl;
}

static void classify(struct type_info *info)
{
	CXType type = info->canonical;

	switch ((int)type.kind) {
	case CXType_Bool:
	case CXType_Char_U:
	case CXType_UChar:
	case CXType_UShort:
	case CXType_UInt:
	case CXType_ULong:
	case CXType_ULongLong:
		integer_type(info, false, clang_Type_getSizeOf(type));
		return;
	case CXType_Char_S:
	case CXType_SChar:
	case CXType_Short:
	case CXType_Int:
	case CXType_Long:
	case CXType_LongLong:
		integer_type(info, true, clang_Type_getSizeOf(type));
		return;
	case CXType_Pointer:
		info->class = TYPE_POINTER;
		return;
	case CXType_FunctionProto:
	case CXType_FunctionNoProto:
		info->class = TYPE_FUNCTION;
		return;
	case CXType_ConstantArray:
	case CXType_IncompleteArray:
	case CXType_VariableArray:
		info->class = TYPE_ARRAY;
		return;
	case CXType_Record:
		info->class = is_union(type) ? TYPE_UNION : TYPE_STRUCT;
		return;
	}
}

struct type_info *type_of(struct unit *unit, CXType type)
{
	struct type_info *info = g_hash_table_lookup(unit->types, type.data[0]);

	if (info)
		return info;
	info = g_new0(struct type_info, 1);
	info->canonical = clang_getCanonicalType(type);
	info->spelling = FACT_NONE;
	if (clang_isConstQualifiedType(info->canonical))
		info->flags |= FACT_SYMBOL_CONST;
	if (clang_isVolatileQualifiedType(info->canonical))
		info->flags |= FACT_SYMBOL_VOLATILE;
	classify(info);
	if (info->class == TYPE_POINTER)
		info->flags |= FACT_SYMBOL_POINTER;
	if ((info->class == TYPE_POINTER || info->class == TYPE_ARRAY) &&
	    is_callable(info->canonical))
		info->flags |= FACT_SYMBOL_CALLABLE;
	g_hash_table_insert(unit->types, type.data[0], info);
	return info;
}

/* The typedef that names a callback's type, however many pointers, arrays and qualifiers are
 * around it. False if none does. */
static bool callback_typedef(CXType type, CXCursor *ret_typedef)
{
	for (;;) {
		switch ((int)type.kind) {
		case CXType_Typedef:
			*ret_typedef = clang_getTypeDeclaration(type);
			return true;
		case CXType_Pointer:
			type = clang_getPointeeType(type);
			break;
		case CXType_ConstantArray:
		case CXType_IncompleteArray:
		case CXType_VariableArray:
			type = clang_getArrayElementType(type);
			break;
		case CXType_Elaborated:
			type = clang_Type_getNamedType(type);
			break;
		default:
			return false;
		}
	}
}

/* "struct (unnamed at /home/me/x.c:3:1)" tells where it was compiled: cut that out. */
static char *without_places(const char *spelling)
{
	GString *out = g_string_new(NULL);
	const char *at, *close;

	while ((at = strstr(spelling, " at ")) && (close = strchr(at, ')'))) {
		g_string_append_len(out, spelling, at - spelling);
		spelling = close;
	}
	g_string_append(out, spelling);
	return g_string_free(out, FALSE);
}

static fact_id plain_spelling(struct unit *unit, CXType type)
{
	CXString spelling = clang_getTypeSpelling(type);
	const char *text = clang_getCString(spelling);
	g_autofree char *cut = strstr(text, " at ") ? without_places(text) : NULL;
	fact_id id = facts_intern(unit->facts, cut ? cut : text);

	clang_disposeString(spelling);
	return id;
}

fact_id type_spelling(struct unit *unit, CXType type)
{
	struct type_info *info = type_of(unit, type);
	CXCursor callback;

	if (info->spelling != FACT_NONE)
		return info->spelling;
	if ((info->flags & FACT_SYMBOL_CALLABLE) && callback_typedef(type, &callback)) {
		fact_id symbol = symbol_of(unit, callback);

		if (symbol != FACT_NONE)
			info->spelling =
				facts_row(unit->facts, symbols, struct fact_symbol, symbol)->name;
	}
	if (info->spelling == FACT_NONE)
		info->spelling = plain_spelling(unit, type);
	return info->spelling;
}

static enum CXVisitorResult add_field(CXCursor cursor, CXClientData data)
{
	struct record *record = data;
	bool unnamed = is_unnamed(cursor);
	struct record_field field = {cursor, clang_getCursorType(cursor), unnamed};

	if (!unnamed || !clang_Cursor_isBitField(cursor)) /* unnamed bits are only padding */
		g_array_append_val(record->fields, field);
	return CXVisit_Continue;
}

struct record *record_of(struct unit *unit, CXType type)
{
	struct type_info *info = type_of(unit, type);
	struct type_info *canonical = type_of(unit, info->canonical);

	if (!canonical->record) {
		canonical->record = g_new0(struct record, 1);
		canonical->record->is_union = info->class == TYPE_UNION;
		canonical->record->fields = g_array_new(FALSE, FALSE, sizeof(struct record_field));
		clang_Type_visitFields(info->canonical, add_field, canonical->record);
	}
	return canonical->record;
}

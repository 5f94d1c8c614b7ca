/* Cursors: children on a stack, a map from declarations, and operators for every libclang. */
#include <string.h>

#include "analyzer/extract/unit.h"

/* References, types and attributes are asked for where they are needed; here they are noise. */
static enum CXChildVisitResult push_kid(CXCursor cursor, CXCursor parent, CXClientData data)
{
	GArray *kids = data;

	if (is_expression(cursor) || is_statement(cursor) || cursor.kind == CXCursor_VarDecl ||
	    cursor.kind == CXCursor_MemberRef || cursor.kind == CXCursor_LabelRef)
		g_array_append_val(kids, cursor);
	return CXChildVisit_Continue;
}

guint kids_push(struct unit *unit, CXCursor parent, guint *ret_count)
{
	guint first = unit->kids->len;

	clang_visitChildren(parent, push_kid, unit->kids);
	*ret_count = unit->kids->len - first;
	return first;
}

static struct decl *decl_map_slot(const struct decl_map *map, CXCursor cursor)
{
	guint slot = clang_hashCursor(cursor) * 2654435761u;

	for (;; slot++) {
		struct decl *decl = &map->rows[slot & (map->capacity - 1)];

		if (decl->cursor.kind == 0 || clang_equalCursors(decl->cursor, cursor))
			return decl;
	}
}

struct decl *decl_map_find(struct decl_map *map, CXCursor cursor)
{
	struct decl *decl;

	if (map->count == 0)
		return NULL;
	decl = decl_map_slot(map, cursor);
	return decl->cursor.kind == 0 ? NULL : decl;
}

static void decl_map_grow(struct decl_map *map)
{
	struct decl_map grown = {.capacity = map->capacity ? map->capacity * 2 : 1024};

	grown.rows = g_new0(struct decl, grown.capacity);
	for (guint i = 0; i < map->capacity; i++)
		if (map->rows[i].cursor.kind != 0)
			*decl_map_slot(&grown, map->rows[i].cursor) = map->rows[i];
	grown.count = map->count;
	g_free(map->rows);
	*map = grown;
}

struct decl *decl_map_add(struct decl_map *map, const struct decl *decl)
{
	struct decl *slot;

	if (map->count * 2 >= map->capacity)
		decl_map_grow(map);
	slot = decl_map_slot(map, decl->cursor);
	map->count += slot->cursor.kind == 0;
	*slot = *decl;
	return slot;
}

void decl_map_clear(struct decl_map *map)
{
	g_free(map->rows);
	*map = (struct decl_map){0};
}

/* Operators by their spelling, with what libclang 17 and newer calls them. */
struct operator_name {
	const char *text;
	int code; /* enum CXBinaryOperatorKind or CXUnaryOperatorKind */
	struct operator operator;
};

#if CINDEX_VERSION_MINOR >= 64
#define BINARY(name) CXBinaryOperator_##name
#define UNARY(name) CXUnaryOperator_##name
#else
#define BINARY(name) 0
#define UNARY(name) 0
#endif

static const struct operator_name binary_operators[] = {
	{"*", BINARY(Mul), {FACT_OP_MUL, OPERATOR_PLAIN}},
	{"/", BINARY(Div), {FACT_OP_DIV, OPERATOR_PLAIN}},
	{"%", BINARY(Rem), {FACT_OP_REM, OPERATOR_PLAIN}},
	{"+", BINARY(Add), {FACT_OP_ADD, OPERATOR_PLAIN}},
	{"-", BINARY(Sub), {FACT_OP_SUB, OPERATOR_PLAIN}},
	{"<<", BINARY(Shl), {FACT_OP_SHL, OPERATOR_PLAIN}},
	{">>", BINARY(Shr), {FACT_OP_SHR, OPERATOR_PLAIN}},
	{"<", BINARY(LT), {FACT_OP_LT, OPERATOR_PLAIN}},
	{">", BINARY(GT), {FACT_OP_GT, OPERATOR_PLAIN}},
	{"<=", BINARY(LE), {FACT_OP_LE, OPERATOR_PLAIN}},
	{">=", BINARY(GE), {FACT_OP_GE, OPERATOR_PLAIN}},
	{"==", BINARY(EQ), {FACT_OP_EQ, OPERATOR_PLAIN}},
	{"!=", BINARY(NE), {FACT_OP_NE, OPERATOR_PLAIN}},
	{"&", BINARY(And), {FACT_OP_AND, OPERATOR_PLAIN}},
	{"^", BINARY(Xor), {FACT_OP_XOR, OPERATOR_PLAIN}},
	{"|", BINARY(Or), {FACT_OP_OR, OPERATOR_PLAIN}},
	{"&&", BINARY(LAnd), {FACT_OP_LAND, OPERATOR_PLAIN}},
	{"||", BINARY(LOr), {FACT_OP_LOR, OPERATOR_PLAIN}},
	{"=", BINARY(Assign), {FACT_OP_NONE, OPERATOR_ASSIGN}},
	{"*=", BINARY(MulAssign), {FACT_OP_MUL, OPERATOR_ASSIGN}},
	{"/=", BINARY(DivAssign), {FACT_OP_DIV, OPERATOR_ASSIGN}},
	{"%=", BINARY(RemAssign), {FACT_OP_REM, OPERATOR_ASSIGN}},
	{"+=", BINARY(AddAssign), {FACT_OP_ADD, OPERATOR_ASSIGN}},
	{"-=", BINARY(SubAssign), {FACT_OP_SUB, OPERATOR_ASSIGN}},
	{"<<=", BINARY(ShlAssign), {FACT_OP_SHL, OPERATOR_ASSIGN}},
	{">>=", BINARY(ShrAssign), {FACT_OP_SHR, OPERATOR_ASSIGN}},
	{"&=", BINARY(AndAssign), {FACT_OP_AND, OPERATOR_ASSIGN}},
	{"^=", BINARY(XorAssign), {FACT_OP_XOR, OPERATOR_ASSIGN}},
	{"|=", BINARY(OrAssign), {FACT_OP_OR, OPERATOR_ASSIGN}},
	{",", BINARY(Comma), {FACT_OP_NONE, OPERATOR_COMMA}},
};

static const struct operator_name unary_operators[] = {
	{"++x", UNARY(PreInc), {FACT_OP_PRE_INC, OPERATOR_STEP}},
	{"--x", UNARY(PreDec), {FACT_OP_PRE_DEC, OPERATOR_STEP}},
	{"x++", UNARY(PostInc), {FACT_OP_POST_INC, OPERATOR_STEP}},
	{"x--", UNARY(PostDec), {FACT_OP_POST_DEC, OPERATOR_STEP}},
	{"&", UNARY(AddrOf), {FACT_OP_NONE, OPERATOR_ADDRESS}},
	{"*", UNARY(Deref), {FACT_OP_NONE, OPERATOR_DEREF}},
	{"+", UNARY(Plus), {FACT_OP_NONE, OPERATOR_SAME}},
	{"-", UNARY(Minus), {FACT_OP_NEG, OPERATOR_PLAIN}},
	{"~", UNARY(Not), {FACT_OP_NOT, OPERATOR_PLAIN}},
	{"!", UNARY(LNot), {FACT_OP_LNOT, OPERATOR_PLAIN}},
	{"__extension__", UNARY(Extension), {FACT_OP_NONE, OPERATOR_SAME}},
};

#if CINDEX_VERSION_MINOR >= 64

static struct operator operator_of_code(const struct operator_name *names, guint count, int code)
{
	for (guint i = 0; i < count; i++)
		if (names[i].code == code)
			return names[i].operator;
	return (struct operator){FACT_OP_NONE, OPERATOR_OTHER};
}

struct operator binary_operator(struct unit *unit, CXCursor cursor, CXCursor left, CXCursor right)
{
	return operator_of_code(binary_operators, G_N_ELEMENTS(binary_operators),
				clang_getCursorBinaryOperatorKind(cursor));
}

struct operator unary_operator(struct unit *unit, CXCursor cursor, CXCursor operand)
{
	return operator_of_code(unary_operators, G_N_ELEMENTS(unary_operators),
				clang_getCursorUnaryOperatorKind(cursor));
}

#else /* libclang 16 does not say which operator it is: read what stands between the operands */

static struct operator operator_of_text(const struct operator_name *names, guint count,
					const char *text)
{
	for (guint i = 0; i < count; i++)
		if (strcmp(names[i].text, text) == 0)
			return names[i].operator;
	return (struct operator){FACT_OP_NONE, OPERATOR_OTHER};
}

/* The tokens between two places, without parentheses that belong to the operands. */
static char *text_between(struct unit *unit, CXSourceLocation from, CXSourceLocation to)
{
	g_autoptr(GString) joined = g_string_new(NULL);
	const char *start;
	size_t size;
	char *end;

	if (!source_between(unit, from, to, &start, &size))
		return g_strdup("");
	tokens_join(start, size, joined);
	while (joined->len && (joined->str[0] == ')' || joined->str[0] == ' '))
		g_string_erase(joined, 0, 1);
	end = strpbrk(joined->str, " (");
	if (end)
		g_string_truncate(joined, end - joined->str);
	return g_string_free(g_steal_pointer(&joined), FALSE);
}

/* In a macro there is no text to read. Of what cannot be calculated with, the operator is =. */
static bool only_assigned(struct unit *unit, CXCursor cursor, CXCursor left)
{
	const struct type_info *info = type_of(unit, clang_getCursorType(cursor));
	const struct type_info *left_info = type_of(unit, clang_getCursorType(left));
	bool record = info->class == TYPE_STRUCT || info->class == TYPE_UNION;

	return (record || info->flags & FACT_SYMBOL_CALLABLE) && left_info->class == info->class;
}

struct operator binary_operator(struct unit *unit, CXCursor cursor, CXCursor left, CXCursor right)
{
	g_autofree char *text = text_between(unit, clang_getRangeEnd(clang_getCursorExtent(left)),
					     clang_getRangeStart(clang_getCursorExtent(right)));

	if (!*text && only_assigned(unit, cursor, left))
		return (struct operator){FACT_OP_NONE, OPERATOR_ASSIGN};
	return operator_of_text(binary_operators, G_N_ELEMENTS(binary_operators), text);
}

struct operator unary_operator(struct unit *unit, CXCursor cursor, CXCursor operand)
{
	CXSourceRange whole = clang_getCursorExtent(cursor), inner = clang_getCursorExtent(operand);
	g_autofree char *before =
		text_between(unit, clang_getRangeStart(whole), clang_getRangeStart(inner));
	g_autofree char *after =
		text_between(unit, clang_getRangeEnd(inner), clang_getRangeEnd(whole));
	g_autofree char *text = NULL;

	if (*after)
		text = g_strconcat("x", after, NULL);
	else if (strcmp(before, "++") == 0 || strcmp(before, "--") == 0)
		text = g_strconcat(before, "x", NULL);
	else
		text = g_strdup(before);
	return operator_of_text(unary_operators, G_N_ELEMENTS(unary_operators), text);
}

#endif

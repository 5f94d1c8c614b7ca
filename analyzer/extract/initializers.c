/* Initializers -> assignments. Walks the type beside the list as C 6.7.9 says: positions, nested
 * and missing braces, designators and what follows them, unions, anonymous records, arrays.
 * libclang shows the list as it was written and leaves this to us. */
#include "analyzer/extract/unit.h"

/* How deep the types of one initializer nest before the rest is dropped. */
#define LEVELS 32
/* In longer arrays only what can be called or pointed to is kept: tables of numbers and names
 * are not facts. */
#define TABLE_LENGTH 64
/* Of records with more members it is not said which of them a list leaves out. */
#define MEMBERS_LEFT_OUT 32

/* An aggregate that is being filled: member `pos` is next. */
struct level {
	fact_id place;         /* FACT_NONE: an object without a name at file scope */
	CXType element;        /* arrays */
	struct record *record; /* records, else NULL */
	uint64_t pos, count;
};

struct filler {
	struct unit *unit;
	struct level levels[LEVELS];
	guint depth;
	bool is_table;  /* inside a long array */
	uint64_t given; /* members of the outermost record that have been given, by their bits */
};

static bool is_aggregate(enum type_class class)
{
	return class == TYPE_STRUCT || class == TYPE_UNION || class == TYPE_ARRAY;
}

/* A designated element is an unexposed expression of type void; nothing else in a list can be. */
static bool is_designated(CXCursor cursor)
{
	return cursor.kind == CXCursor_UnexposedExpr &&
	       clang_getCursorType(cursor).kind == CXType_Void;
}

/* Through casts and parentheses to a list, a literal or whatever it is. */
static CXCursor unwrapped(struct unit *unit, CXCursor cursor)
{
	while ((cursor.kind == CXCursor_UnexposedExpr || cursor.kind == CXCursor_ParenExpr) &&
	       !is_designated(cursor)) {
		guint count, first = kids_push(unit, cursor, &count);
		CXCursor inner = count == 1 ? kid(unit, first) : clang_getNullCursor();

		kids_pop(unit, first);
		if (count != 1 || !is_expression(inner))
			break;
		cursor = inner;
	}
	return cursor;
}

static void push(struct filler *filler, fact_id place, CXType type)
{
	struct unit *unit = filler->unit;
	const struct type_info *info = type_of(unit, type);
	struct level *level = &filler->levels[filler->depth++];

	*level = (struct level){.place = place};
	if (info->class == TYPE_ARRAY) {
		long long count = clang_getArraySize(info->canonical);

		level->element = clang_getArrayElementType(info->canonical);
		level->count = count >= 0 ? (uint64_t)count : UINT64_MAX;
		filler->is_table |= level->count > TABLE_LENGTH && level->count != UINT64_MAX;
	} else {
		level->record = record_of(unit, type);
		level->count = level->record->fields->len;
	}
}

static struct level *top(struct filler *filler)
{
	return &filler->levels[filler->depth - 1];
}

/* A union has had its one member. */
static void advance(struct level *level)
{
	level->pos = level->record && level->record->is_union ? level->count : level->pos + 1;
}

static bool skip_full(struct filler *filler)
{
	while (top(filler)->pos >= top(filler)->count) {
		if (filler->depth == 1)
			return false;
		filler->depth--;
		advance(top(filler));
	}
	return true;
}

static const struct record_field *field_at(const struct level *level)
{
	return &g_array_index(level->record->fields, struct record_field, level->pos);
}

static CXType member_type(const struct level *level)
{
	return level->record ? field_at(level)->type : level->element;
}

static fact_id member_place(struct unit *unit, const struct level *level)
{
	if (!level->record) {
		fact_id array = level->place != FACT_NONE
					? level->place
					: value_new(unit, FACT_VALUE_UNKNOWN, FACT_NONE, FACT_NONE);

		return value_new(unit, FACT_VALUE_ELEMENT, array, value_int(unit, level->pos));
	}
	if (field_at(level)->unnamed)
		return level->place;
	return value_new(unit, FACT_VALUE_FIELD, symbol_of(unit, field_at(level)->cursor),
			 level->place);
}

/* ---- designators ---- */

/* Makes `field` the next member, going into anonymous members where it is in one of them. */
static bool seek_field(struct filler *filler, CXCursor field)
{
	struct level *level = top(filler);

	if (!level->record)
		return false;
	for (level->pos = 0; level->pos < level->count; level->pos++)
		if (clang_equalCursors(field_at(level)->cursor, field))
			return true;
	for (level->pos = 0; level->pos < level->count; level->pos++) {
		if (!field_at(level)->unnamed || filler->depth == LEVELS)
			continue;
		push(filler, level->place, field_at(level)->type);
		if (seek_field(filler, field))
			return true;
		filler->depth--;
	}
	return false;
}

static bool seek_index(struct filler *filler, CXCursor index)
{
	const struct fact_value *value =
		value_row(filler->unit, expression(filler->unit, index, USE_VALUE));

	if (top(filler)->record || value->kind != FACT_VALUE_INT || value->number < 0)
		return false;
	top(filler)->pos = value->number;
	return true;
}

/* Follows the designators in front of a value; false if they lead nowhere. */
static bool seek(struct filler *filler, guint first, guint count)
{
	filler->depth = 1;
	for (guint i = first; i < first + count; i++) {
		CXCursor designator = kid(filler->unit, i);
		bool is_field = designator.kind == CXCursor_MemberRef;

		if (i > first) {
			const struct level *level = top(filler);
			CXType type;

			if (level->pos >= level->count || filler->depth == LEVELS)
				return false;
			type = member_type(level);
			/* [1 ... 3] gives two indices: the last one is where it goes on */
			if (!is_field && type_of(filler->unit, type)->class != TYPE_ARRAY) {
				if (!seek_index(filler, designator))
					return false;
				continue;
			}
			if (!is_aggregate(type_of(filler->unit, type)->class))
				return false;
			push(filler, member_place(filler->unit, level), type);
		}
		if (!(is_field ? seek_field(filler, clang_getCursorReferenced(designator))
			       : seek_index(filler, designator)))
			return false;
	}
	return true;
}

/* ---- values ---- */

/* True if `value` gives all of an aggregate, and not its first member. */
static bool is_whole(struct unit *unit, CXType type, CXCursor value)
{
	const struct type_info *info = type_of(unit, type);
	CXCursor inner = unwrapped(unit, value);
	CXType given;

	if (!is_aggregate(info->class) || inner.kind == CXCursor_InitListExpr)
		return true;
	if (inner.kind == CXCursor_StringLiteral)
		return info->class == TYPE_ARRAY &&
		       type_of(unit, clang_getArrayElementType(info->canonical))->is_integer;
	given = clang_getCanonicalType(clang_getCursorType(inner));
	if (info->class == TYPE_ARRAY)
		return type_of(unit, given)->class == TYPE_ARRAY;
	return given.kind == CXType_Record &&
	       clang_equalCursors(clang_getTypeDeclaration(given),
				  clang_getTypeDeclaration(info->canonical));
}

static void initialize_in(struct unit *unit, fact_id place, CXType type, CXCursor init,
			  bool is_table);

static void put(struct filler *filler, CXCursor value)
{
	struct unit *unit = filler->unit;

	if (filler->levels[0].pos < 64)
		filler->given |= UINT64_C(1) << filler->levels[0].pos;
	for (;;) {
		struct level *level = top(filler);
		CXType type = member_type(level);
		bool whole = is_whole(unit, type, value);

		if (whole || filler->depth == LEVELS) {
			initialize_in(unit, member_place(unit, level), type, value,
				      filler->is_table);
			advance(top(filler));
			return;
		}
		push(filler, member_place(unit, level), type);
		if (top(filler)->count == 0) { /* nothing in it: struct {} */
			filler->depth--;
			advance(top(filler));
			expression_discard(unit, value);
			return;
		}
	}
}

static void put_designated(struct filler *filler, CXCursor cursor)
{
	struct unit *unit = filler->unit;
	guint count, first = kids_push(unit, cursor, &count);

	if (count >= 2 && seek(filler, first, count - 1))
		put(filler, kid(unit, first + count - 1));
	else if (count)
		expression_discard(unit, kid(unit, first + count - 1));
	kids_pop(unit, first);
}

/* Numbers in static storage do nothing and say nothing. */
static bool is_number_table(struct unit *unit, CXType type)
{
	const struct type_info *info = type_of(unit, type);

	while (info->class == TYPE_ARRAY)
		info = type_of(unit, clang_getArrayElementType(info->canonical));
	return info->class == TYPE_SCALAR;
}

/* What the list of a local leaves out is zero (C 6.7.9, 19 and 21). */
static void clear_rest(struct filler *filler, CXCursor list)
{
	struct unit *unit = filler->unit;
	struct level *outer = &filler->levels[0];

	if (!unit->in_function || !outer->record || outer->record->is_union ||
	    outer->count > MEMBERS_LEFT_OUT || outer->place == FACT_NONE ||
	    value_row(unit, outer->place)->kind != FACT_VALUE_LOCAL)
		return;
	for (outer->pos = 0; outer->pos < outer->count; outer->pos++)
		if (!(filler->given >> outer->pos & 1) && !field_at(outer)->unnamed &&
		    type_of(unit, field_at(outer)->type)->class == TYPE_SCALAR)
			assign_add(unit, list, member_place(unit, outer), value_int(unit, 0),
				   FACT_OP_NONE);
}

static void fill(struct unit *unit, fact_id place, CXType type, CXCursor list, bool is_table)
{
	struct filler filler = {.unit = unit, .is_table = is_table};
	guint count, first;

	if (!unit->in_function && type_of(unit, type)->class == TYPE_ARRAY &&
	    is_number_table(unit, type))
		return;
	first = kids_push(unit, list, &count);
	push(&filler, place, type);
	filler.is_table |= !filler.levels[0].record && count > TABLE_LENGTH;
	for (guint i = first; i < first + count; i++) {
		CXCursor value = kid(unit, i);

		if (is_designated(value))
			put_designated(&filler, value);
		else if (skip_full(&filler))
			put(&filler, value);
		else if (is_expression(value))
			expression_discard(unit, value); /* excess */
	}
	clear_rest(&filler, list);
	kids_pop(unit, first);
}

static bool is_worth_it(struct unit *unit, fact_id place, fact_id value, bool is_table)
{
	enum fact_value_kind kind = value_row(unit, value)->kind;
	bool is_element = value_row(unit, place)->kind == FACT_VALUE_ELEMENT;
	bool is_number = kind == FACT_VALUE_INT || kind == FACT_VALUE_NULL;

	if (kind == FACT_VALUE_UNKNOWN)
		return unit->in_function && !is_element;
	if (is_table && (is_number || kind == FACT_VALUE_STRING))
		return false;
	return !(is_element && is_number);
}

static void initialize_in(struct unit *unit, fact_id place, CXType type, CXCursor init,
			  bool is_table)
{
	CXCursor inner = init;
	fact_id value, target = unit->target;

	if (is_aggregate(type_of(unit, type)->class)) {
		inner = unwrapped(unit, init);
		if (inner.kind == CXCursor_CompoundLiteralExpr) { /* of the same type */
			guint count, first = kids_push(unit, inner, &count);

			if (count)
				inner = kid(unit, first + count - 1);
			kids_pop(unit, first);
		}
		if (inner.kind == CXCursor_InitListExpr) {
			if (unit->depth++ < UNIT_DEPTH)
				fill(unit, place, type, inner, is_table);
			unit->depth--;
			return;
		}
	}
	unit->target = unit->in_function ? FACT_NONE : place;
	value = expression(unit, init, USE_VALUE);
	unit->target = target;
	if (place != FACT_NONE && is_worth_it(unit, place, value, is_table))
		assign_add(unit, init, place, value, FACT_OP_NONE);
}

void initialize(struct unit *unit, fact_id place, CXType type, CXCursor init)
{
	initialize_in(unit, place, type, init, false);
}

/* (struct s){…}: a fresh local inside a function. At file scope it has no name: its fields are
 * assigned without an object, and an array's elements are those of the place it is given to. */
fact_id compound_literal(struct unit *unit, CXCursor cursor)
{
	CXType type = clang_getCursorType(cursor);
	guint count, first = kids_push(unit, cursor, &count);
	CXCursor list = count ? kid(unit, first + count - 1) : clang_getNullCursor();
	fact_id place = FACT_NONE;

	kids_pop(unit, first);
	if (unit->in_function)
		place = value_new(unit, FACT_VALUE_LOCAL, local_add(unit, NULL, type), FACT_NONE);
	else if (type_of(unit, type)->class == TYPE_ARRAY)
		place = unit->target;
	if (!clang_Cursor_isNull(list))
		initialize(unit, place, type, list);
	return unit->in_function ? place
				 : value_new(unit, FACT_VALUE_UNKNOWN, FACT_NONE, FACT_NONE);
}

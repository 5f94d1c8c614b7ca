/* Expressions -> values, and events for what happens while they are computed. Casts, parentheses
 * and decay are dropped; what is not understood becomes unknown, with its parts looked into. */
#include <string.h>

#include "analyzer/extract/unit.h"

/* Longer strings are cut: what matters are paths, names and formats. */
#define STRING_MAX 1024

static fact_id unknown(struct unit *unit)
{
	return value_new(unit, FACT_VALUE_UNKNOWN, FACT_NONE, FACT_NONE);
}

/* Only for literals and sizeof: on other expressions it can crash. */
static fact_id evaluated(struct unit *unit, CXCursor cursor)
{
	CXEvalResult result = clang_Cursor_Evaluate(cursor);
	fact_id value = FACT_NONE;

	if (result && clang_EvalResult_getKind(result) == CXEval_Int)
		value = value_int(unit, clang_EvalResult_isUnsignedInt(result)
						? (int64_t)clang_EvalResult_getAsUnsigned(result)
						: clang_EvalResult_getAsLongLong(result));
	if (result)
		clang_EvalResult_dispose(result);
	return value == FACT_NONE ? unknown(unit) : value;
}

/* A literal as clang prints it, "a\n", or with a prefix, L"a", which we do not look into. */
static fact_id string_literal(struct unit *unit, CXCursor cursor)
{
	CXString spelling = clang_getCursorSpelling(cursor);
	const char *text = clang_getCString(spelling);
	size_t size = text ? strlen(text) : 0;
	g_autofree char *escaped = NULL;
	g_autofree char *plain = NULL;
	fact_id value;

	if (size < 2 || text[0] != '"') {
		clang_disposeString(spelling);
		return unknown(unit);
	}
	escaped = g_strndup(text + 1, MIN(size - 2, STRING_MAX));
	clang_disposeString(spelling);
	plain = g_strcompress(escaped);
	value = value_new(unit, FACT_VALUE_STRING, facts_intern(unit->facts, plain), FACT_NONE);
	return value;
}

static fact_id reference(struct unit *unit, CXCursor cursor)
{
	const struct decl *decl = decl_of(unit, clang_getCursorReferenced(cursor));

	return decl && decl->kind == DECL_VALUE ? decl->value : unknown(unit);
}

/* The object of a field: `(&x)->f` and `(*p).f` are x.f and p->f. */
static fact_id object_of(struct unit *unit, fact_id value)
{
	const struct fact_value *row = value_row(unit, value);

	return row->kind == FACT_VALUE_ADDRESS || row->kind == FACT_VALUE_DEREF ? row->a : value;
}

static fact_id member(struct unit *unit, CXCursor cursor)
{
	CXCursor field = clang_getCursorReferenced(cursor);
	const struct decl *decl;
	fact_id object;
	guint count, first = kids_push(unit, cursor, &count);

	object = count && is_expression(kid(unit, first))
			 ? expression(unit, kid(unit, first), USE_VALUE)
			 : unknown(unit);
	kids_pop(unit, first);
	decl = decl_of(unit, field);
	if (!decl || decl->kind != DECL_FIELD)
		return unknown(unit);
	if (decl->symbol == FACT_NONE)
		return object;
	return value_new(unit, FACT_VALUE_FIELD, decl->symbol, object_of(unit, object));
}

static fact_id element(struct unit *unit, CXCursor cursor)
{
	guint count, first = kids_push(unit, cursor, &count);
	fact_id array = unknown(unit), index = FACT_NONE;

	if (count == 2) {
		array = expression(unit, kid(unit, first), USE_VALUE);
		index = expression(unit, kid(unit, first + 1), USE_VALUE);
		if (type_of(unit, clang_getCursorType(kid(unit, first)))->is_integer) {
			fact_id swapped = array; /* 0[a] */

			array = index;
			index = swapped;
		}
		array = value_new(unit, FACT_VALUE_ELEMENT, array, index);
	}
	kids_pop(unit, first);
	return array;
}

/* Every part of something that we do not understand. */
static fact_id parts(struct unit *unit, CXCursor cursor)
{
	guint count, first = kids_push(unit, cursor, &count);

	for (guint i = first; i < first + count; i++) {
		CXCursor part = kid(unit, i);

		if (is_expression(part))
			read_value(unit, expression(unit, part, USE_VALUE), part, false);
		else if (is_statement(part))
			statement(unit, part);
	}
	kids_pop(unit, first);
	return unknown(unit);
}

/* A branch that is kept only if something happens in it; its place is asked for then. */
static guint branch_begin(struct unit *unit, fact_id condition)
{
	struct fact_event event = {.kind = FACT_EVENT_BRANCH,
				   .a = condition,
				   .b = FACT_NONE,
				   .c = FACT_NONE,
				   .loc = FACT_NONE,
				   .spelling = FACT_NONE,
				   .end = FACT_NONE,
				   .text = FACT_NONE};

	g_array_append_val(unit->events, event);
	unit->nesting++;
	return unit->events->len - 1;
}

/* True if the branch stayed. `bare_count` events alone are not worth it. */
static bool branch_end(struct unit *unit, guint row, guint bare_count, CXCursor cursor)
{
	unit->nesting--;
	if (unit->events->len == row + bare_count) {
		g_array_set_size(unit->events, row);
		return false;
	}
	locate(unit, clang_getCursorLocation(cursor), event_row(unit, row));
	unit->nesting++;
	block_close(unit, FACT_EVENT_BRANCH_END, cursor, true);
	return true;
}

static bool may_branch(const struct unit *unit)
{
	return unit->nesting < FACTS_NESTING;
}

static fact_id conditional_arms(struct unit *unit, CXCursor cursor, fact_id condition, CXCursor yes,
				CXCursor no, enum use use)
{
	bool branches = may_branch(unit);
	guint row = branches ? branch_begin(unit, condition) : 0;
	fact_id a, b;

	a = expression(unit, yes, use);
	if (branches)
		block_else(unit, cursor, true);
	b = expression(unit, no, use);
	if (branches && branch_end(unit, row, 2, cursor) && use != USE_VALUE)
		return unknown(unit);
	return value_choice(unit, condition, a, b);
}

static fact_id conditional(struct unit *unit, CXCursor cursor, enum use use)
{
	guint count, first = kids_push(unit, cursor, &count);
	fact_id value;

	if (count != 3) {
		kids_pop(unit, first);
		return parts(unit, cursor);
	}
	value = conditional_arms(unit, cursor, expression(unit, kid(unit, first), USE_VALUE),
				 kid(unit, first + 1), kid(unit, first + 2), use);
	kids_pop(unit, first);
	return value;
}

static fact_id logical(struct unit *unit, CXCursor cursor, enum fact_operator op, CXCursor left,
		       CXCursor right, enum use use)
{
	fact_id a = expression(unit, left, USE_VALUE);
	fact_id condition = op == FACT_OP_LOR ? value_unary(unit, FACT_OP_LNOT, a) : a;
	bool branches = may_branch(unit);
	guint row = branches ? branch_begin(unit, condition) : 0;
	fact_id b = expression(unit, right, use);

	if (branches && branch_end(unit, row, 1, cursor) && use != USE_VALUE)
		return unknown(unit);
	return value_binary(unit, op, a, b);
}

static bool is_constant(struct unit *unit, fact_id id)
{
	enum fact_value_kind kind = value_row(unit, id)->kind;

	return kind == FACT_VALUE_INT || kind == FACT_VALUE_NULL || kind == FACT_VALUE_STRING ||
	       kind == FACT_VALUE_FUNCTION;
}

static fact_id assignment(struct unit *unit, CXCursor cursor, enum fact_operator op, CXCursor left,
			  CXCursor right, enum use use)
{
	fact_id place = expression(unit, left, USE_VALUE);
	fact_id value = expression(unit, right, USE_VALUE);

	assign_add(unit, cursor, place, value, op);
	if (use != USE_VALUE)
		return unknown(unit);
	return op == FACT_OP_NONE && is_constant(unit, value) ? value : place;
}

/* Folded values have the width of their type: ~0u is not -1. */
static fact_id fitted(struct unit *unit, CXCursor cursor, fact_id value)
{
	if (value_row(unit, value)->kind != FACT_VALUE_INT)
		return value;
	return value_convert(unit, value, clang_getCursorType(cursor));
}

static fact_id binary_of(struct unit *unit, CXCursor cursor, CXCursor left, CXCursor right,
			 enum use use)
{
	struct operator operator= binary_operator(unit, cursor, left, right);
	fact_id a;

	if (operator.kind == OPERATOR_ASSIGN)
		return assignment(unit, cursor, operator.op, left, right, use);
	if (operator.kind == OPERATOR_COMMA) {
		expression_discard(unit, left);
		return expression(unit, right, use);
	}
	if (operator.kind != OPERATOR_PLAIN)
		return parts(unit, cursor);
	if (operator.op == FACT_OP_LAND || operator.op == FACT_OP_LOR)
		return logical(unit, cursor, operator.op, left, right, use);
	a = expression(unit, left, USE_VALUE);
	return fitted(unit, cursor,
		      value_binary(unit, operator.op, a, expression(unit, right, USE_VALUE)));
}

static fact_id binary(struct unit *unit, CXCursor cursor, enum use use)
{
	guint count, first = kids_push(unit, cursor, &count);
	CXCursor left, right;

	if (count != 2) {
		kids_pop(unit, first);
		return parts(unit, cursor);
	}
	left = kid(unit, first);
	right = kid(unit, first + 1);
	kids_pop(unit, first);
	return binary_of(unit, cursor, left, right, use);
}

static fact_id step(struct unit *unit, CXCursor cursor, enum fact_operator op, CXCursor operand,
		    enum use use)
{
	fact_id place = expression(unit, operand, USE_VALUE);
	bool up = op == FACT_OP_PRE_INC || op == FACT_OP_POST_INC;

	assign_add(unit, cursor, place, value_int(unit, 1), up ? FACT_OP_ADD : FACT_OP_SUB);
	return use == USE_VALUE ? value_unary(unit, op, place) : unknown(unit);
}

static fact_id dereference(struct unit *unit, CXCursor cursor, CXCursor operand)
{
	fact_id pointer = expression(unit, operand, USE_VALUE);

	/* *f of a function or of a pointer to one is that function again */
	if (type_of(unit, clang_getCursorType(cursor))->class == TYPE_FUNCTION)
		return pointer;
	return value_deref(unit, pointer);
}

static fact_id unary(struct unit *unit, CXCursor cursor, enum use use)
{
	guint count, first = kids_push(unit, cursor, &count);
	struct operator operator= {FACT_OP_NONE, OPERATOR_OTHER};
	CXCursor operand = clang_getNullCursor();

	if (count == 1) {
		operand = kid(unit, first);
		operator= unary_operator(unit, cursor, operand);
	}
	kids_pop(unit, first);
	switch (operator.kind) {
	case OPERATOR_STEP:
		return step(unit, cursor, operator.op, operand, use);
	case OPERATOR_ADDRESS:
		return value_address(unit, expression(unit, operand, USE_VALUE));
	case OPERATOR_DEREF:
		return dereference(unit, cursor, operand);
	case OPERATOR_SAME:
		return fitted(unit, cursor, expression(unit, operand, use));
	case OPERATOR_PLAIN:
		return fitted(unit, cursor,
			      value_unary(unit, operator.op, expression(unit, operand, USE_VALUE)));
	case OPERATOR_ASSIGN:
	case OPERATOR_COMMA:
	case OPERATOR_OTHER:
		break;
	}
	return parts(unit, cursor);
}

static fact_id cast(struct unit *unit, CXCursor cursor, enum use use)
{
	CXType type = clang_getCursorType(cursor);
	guint count, first = kids_push(unit, cursor, &count);
	CXCursor operand;
	fact_id value;

	if (count == 0) {
		kids_pop(unit, first);
		return unknown(unit);
	}
	operand = kid(unit, first + count - 1);
	kids_pop(unit, first);
	if (type.kind == CXType_Void) {
		value = expression(unit, operand, USE_VOID);
		read_value(unit, value, cursor, true);
		return unknown(unit);
	}
	value = expression(unit, operand, use);
	return use == USE_VALUE ? value_convert(unit, value, type) : value;
}

/* The arms whose type is that of the whole: libclang does not say which one is selected. */
static fact_id generic(struct unit *unit, CXCursor cursor, enum use use)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(cursor));
	guint count, first = kids_push(unit, cursor, &count);
	fact_id value = FACT_NONE;

	for (guint i = first + 1; i < first + count; i++) {
		CXCursor arm = kid(unit, i);
		fact_id other;

		if (!is_expression(arm) ||
		    !clang_equalTypes(clang_getCanonicalType(clang_getCursorType(arm)), type))
			continue;
		other = expression(unit, arm, use);
		value = value == FACT_NONE ? other
					   : value_choice(unit, unknown(unit), value, other);
	}
	kids_pop(unit, first);
	return value == FACT_NONE ? unknown(unit) : value;
}

/* __atomic_store_n(p, v, order) and its like stand as pointer, order, value. */
static fact_id atomic(struct unit *unit, CXCursor cursor, guint first, guint count, fact_id pointer)
{
	fact_id value = FACT_NONE, place = value_deref(unit, pointer);

	for (guint i = 1; i < count; i++) {
		CXCursor part = kid(unit, first + i);
		fact_id operand;

		if (!is_expression(part))
			continue;
		operand = expression(unit, part, USE_VALUE);
		if (i == 2)
			value = operand;
		else
			read_value(unit, operand, part, false);
	}
	if (value == FACT_NONE)
		return place;
	if (value_row(unit, value)->kind != FACT_VALUE_INT)
		assign_add(unit, cursor, place, value, FACT_OP_NONE);
	return unknown(unit);
}

/* What libclang does not name, with more than one part: a ?: b, __builtin_choose_expr(c, a, b),
 * atomic builtins, designated initializers out of place, expressions with errors. */
static fact_id unexposed(struct unit *unit, CXCursor cursor, guint first, guint count, enum use use)
{
	CXCursor head = kid(unit, first);
	fact_id value;

	if (!is_expression(head))
		return unknown(unit); /* offsetof */
	value = expression(unit, head, USE_VALUE);
	if (count == 4 && clang_equalCursors(head, kid(unit, first + 1))) {
		guint row = may_branch(unit)
				    ? branch_begin(unit, value_unary(unit, FACT_OP_LNOT, value))
				    : G_MAXUINT;
		fact_id other = expression(unit, kid(unit, first + 3), USE_VALUE);

		if (row != G_MAXUINT)
			branch_end(unit, row, 1, cursor);
		return value_choice(unit, value, value, other);
	}
	if (count == 3 && value_row(unit, value)->kind == FACT_VALUE_INT)
		return expression(unit, kid(unit, first + (value_row(unit, value)->number ? 1 : 2)),
				  use);
	return atomic(unit, cursor, first, count, value);
}

static bool is_va_list(struct unit *unit, fact_id type)
{
	return type != FACT_NONE && strstr(facts_string(unit->facts, type), "va_list");
}

/* va_arg(ap, int) looks like a cast of ap. */
static bool is_va_arg(struct unit *unit, CXCursor cursor, fact_id id)
{
	const struct fact_value *value = value_row(unit, id);
	const struct fact_param *local;

	if (!unit->in_function ||
	    (value->kind != FACT_VALUE_LOCAL && value->kind != FACT_VALUE_PARAM))
		return false;
	local = value->kind == FACT_VALUE_LOCAL ? facts_row(unit->facts, locals, struct fact_param,
							    unit->first_local + value->a)
						: facts_row(unit->facts, params, struct fact_param,
							    unit->first_param + value->a);
	return is_va_list(unit, local->type) &&
	       !is_va_list(unit, type_spelling(unit, clang_getCursorType(cursor)));
}

/* The variable that is read, if the wrapper is an implicit cast around its bare name: libclang says
 * what a cast refers to without our looking inside. It says the same of a cast around a call
 * through the variable, so this is not for what can be called. FACT_NONE if it is something else.
 */
static fact_id bare_name(struct unit *unit, CXCursor cursor)
{
	const struct decl *decl;
	CXCursor name;

	if (cursor.kind != CXCursor_UnexposedExpr || unit->has_va_list)
		return FACT_NONE;
	name = clang_getCursorReferenced(cursor);
	if (name.kind != CXCursor_VarDecl && name.kind != CXCursor_ParmDecl)
		return FACT_NONE;
	decl = decl_of(unit, name);
	return decl && decl->is_data ? decl->value : FACT_NONE;
}

static fact_id wrapper(struct unit *unit, CXCursor cursor, enum use use)
{
	fact_id value = bare_name(unit, cursor);
	guint count, first;
	uint16_t kind;

	if (value != FACT_NONE)
		return value;
	first = kids_push(unit, cursor, &count);
	if (count != 1) {
		value = count ? unexposed(unit, cursor, first, count, use) : unknown(unit);
		kids_pop(unit, first);
		return value;
	}
	value = is_expression(kid(unit, first)) ? expression(unit, kid(unit, first), use)
						: unknown(unit);
	kids_pop(unit, first);
	kind = value_row(unit, value)->kind;
	if (kind == FACT_VALUE_INT || kind == FACT_VALUE_NULL)
		return value_convert(unit, value, clang_getCursorType(cursor));
	if (!unit->has_va_list || !is_va_arg(unit, cursor, value))
		return value;
	/* A pointer may be any of those that are passed, a number anything. */
	return type_of(unit, clang_getCursorType(cursor))->class == TYPE_POINTER
		       ? value_new(unit, FACT_VALUE_DEREF, value, FACT_NONE)
		       : unknown(unit);
}

/* { x } around a scalar. */
static fact_id braced(struct unit *unit, CXCursor cursor, enum use use)
{
	guint count, first = kids_push(unit, cursor, &count);
	CXCursor inner = count ? kid(unit, first) : clang_getNullCursor();

	kids_pop(unit, first);
	if (count == 1 && is_expression(inner))
		return expression(unit, inner, use);
	return parts(unit, cursor);
}

static fact_id dispatch(struct unit *unit, CXCursor cursor, enum use use)
{
	switch ((int)cursor.kind) {
	case CXCursor_IntegerLiteral:
	case CXCursor_CharacterLiteral:
	case CXCursor_UnaryExpr: /* sizeof, alignof: their operand is not computed */
		return evaluated(unit, cursor);
	case CXCursor_FloatingLiteral:
	case CXCursor_ImaginaryLiteral:
	case CXCursor_AddrLabelExpr:
		return unknown(unit);
	case CXCursor_StringLiteral:
		return string_literal(unit, cursor);
	case CXCursor_DeclRefExpr:
		return reference(unit, cursor);
	case CXCursor_MemberRefExpr:
		return member(unit, cursor);
	case CXCursor_CallExpr:
		return call_expression(unit, cursor, use);
	case CXCursor_UnaryOperator:
		return unary(unit, cursor, use);
	case CXCursor_ArraySubscriptExpr:
		return element(unit, cursor);
	case CXCursor_BinaryOperator:
	case CXCursor_CompoundAssignOperator:
		return binary(unit, cursor, use);
	case CXCursor_ConditionalOperator:
		return conditional(unit, cursor, use);
	case CXCursor_CStyleCastExpr:
		return cast(unit, cursor, use);
	case CXCursor_CompoundLiteralExpr:
		return compound_literal(unit, cursor);
	case CXCursor_StmtExpr:
		return statement_expression(unit, cursor);
	case CXCursor_GenericSelectionExpr:
		return generic(unit, cursor, use);
	case CXCursor_InitListExpr:
		return braced(unit, cursor, use);
	case CXCursor_ParenExpr:
	case CXCursor_UnexposedExpr:
		return wrapper(unit, cursor, use);
	}
	return parts(unit, cursor);
}

fact_id expression(struct unit *unit, CXCursor cursor, enum use use)
{
	fact_id value;

	if (unit->depth >= UNIT_DEPTH)
		return unknown(unit);
	unit->depth++;
	value = dispatch(unit, cursor, use);
	unit->depth--;
	return value;
}

void read_value(struct unit *unit, fact_id id, CXCursor cursor, bool is_void)
{
	struct fact_value value = *value_row(unit, id);

	switch ((enum fact_value_kind)value.kind) {
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_FIELD:
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
		if (unit->in_function)
			event_add(unit, FACT_EVENT_READ, cursor, id, is_void, FACT_NONE);
		return;
	case FACT_VALUE_CHOICE:
		read_value(unit, value.c, cursor, is_void);
		read_value(unit, value.b, cursor, is_void);
		read_value(unit, value.a, cursor, is_void);
		return;
	case FACT_VALUE_BINARY:
		read_value(unit, value.a, cursor, is_void);
		read_value(unit, value.b, cursor, is_void);
		return;
	case FACT_VALUE_ADDRESS:
	case FACT_VALUE_UNARY:
		read_value(unit, value.a, cursor, is_void);
		return;
	case FACT_VALUE_UNKNOWN:
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
	case FACT_VALUE_STRING:
	case FACT_VALUE_FUNCTION:
	case FACT_VALUE_CALL:
		return;
	}
}

void expression_discard(struct unit *unit, CXCursor cursor)
{
	read_value(unit, expression(unit, cursor, USE_DISCARD), cursor, false);
}

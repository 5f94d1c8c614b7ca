/* Events and locals: rows of the function that is being worked on. */
#include "analyzer/extract/unit.h"

guint event_add(struct unit *unit, enum fact_event_kind kind, CXCursor cursor, uint32_t a,
		uint32_t b, uint32_t c)
{
	struct fact_event event = {
		.kind = kind, .a = a, .b = b, .c = c, .end = FACT_NONE, .text = FACT_NONE};

	locate(unit, clang_getCursorLocation(cursor), &event);
	g_array_append_val(unit->events, event);
	return unit->events->len - 1;
}

guint assign_add(struct unit *unit, CXCursor cursor, fact_id place, fact_id value,
		 enum fact_operator op)
{
	guint row = event_add(unit, FACT_EVENT_ASSIGN, cursor, place, value, FACT_NONE);

	event_row(unit, row)->op = op;
	return row;
}

bool block_open(struct unit *unit, enum fact_event_kind kind, CXCursor cursor, uint32_t a)
{
	if (unit->nesting >= FACTS_NESTING)
		return false;
	unit->nesting++;
	event_add(unit, kind, cursor, a, FACT_NONE, FACT_NONE);
	return true;
}

/* Else and ends stand where the last event stood: libclang does not say where the words are. */
static void add_bare(struct unit *unit, enum fact_event_kind kind, CXCursor cursor)
{
	const struct fact_event *last;
	struct fact_event event = {.kind = kind,
				   .a = FACT_NONE,
				   .b = FACT_NONE,
				   .c = FACT_NONE,
				   .end = FACT_NONE,
				   .text = FACT_NONE};

	if (unit->events->len == 0) {
		locate(unit, clang_getCursorLocation(cursor), &event);
	} else {
		last = event_row(unit, unit->events->len - 1);
		event.loc = last->loc;
		event.spelling = last->spelling;
		event.flags = last->flags & FACT_EVENT_MACRO;
	}
	g_array_append_val(unit->events, event);
}

void block_else(struct unit *unit, CXCursor cursor, bool is_open)
{
	if (is_open)
		add_bare(unit, FACT_EVENT_ELSE, cursor);
}

void block_close(struct unit *unit, enum fact_event_kind kind, CXCursor cursor, bool is_open)
{
	if (!is_open)
		return;
	add_bare(unit, kind, cursor);
	unit->nesting--;
}

uint32_t local_add(struct unit *unit, const char *name, CXType type)
{
	struct fact_param local = {
		.name = facts_intern(unit->facts, name),
		.type = type_spelling(unit, type),
		.flags = type_of(unit, type)->flags,
	};

	g_array_append_val(unit->facts->locals, local);
	return unit->facts->locals->len - 1 - unit->first_local;
}

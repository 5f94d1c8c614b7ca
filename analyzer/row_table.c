/* Rows by hash: see row_table.h. */
#include "analyzer/row_table.h"

#include <glib.h>

#define FIRST_ROOM 4096

static void put(struct row_table *table, struct row_table_slot slot)
{
	row_table_at at = row_table_begin(table, slot.hash);

	while (table->slots[at].row)
		at = row_table_next(table, at);
	table->slots[at] = slot;
}

/* A quarter of the slots stays free, so that what is not there is soon known. */
static void make_room(struct row_table *table)
{
	struct row_table old = *table;

	if (table->count < table->room / 4 * 3)
		return;
	table->room = old.room ? 2 * old.room : FIRST_ROOM;
	table->slots = g_new0(struct row_table_slot, table->room);
	for (uint32_t i = 0; i < old.room; i++)
		if (old.slots[i].row)
			put(table, old.slots[i]);
	g_free(old.slots);
}

void row_table_add(struct row_table *table, uint32_t hash, uint32_t row)
{
	make_room(table);
	put(table, (struct row_table_slot){hash, row + 1});
	table->count++;
}

void row_table_clear(struct row_table *table)
{
	g_free(table->slots);
	*table = (struct row_table){0};
}

/* Whether a check passes. What is new is asked from the database, by the same statement that
 * contlint diff shows: what a base could not have seen (its rule was off, its code not analysed) is
 * not new, and what is no longer suppressed is. */
#include "cli/gate.h"

#include <gio/gio.h>
#include <string.h>

#include "analyzer/words.h"
#include "cli/command.h"
#include "cli/database.h"
#include "reports/store/history.h"
#include "rules/day.h"

static const struct meaning {
	const char *word;
	enum gate_kind kind;
} meanings[] = {
	{"any", GATE_ANY},
	{"warning", GATE_WARNING},
	{"error", GATE_ERROR},
	{"none", GATE_NONE},
	{"new", GATE_NEW},
	{"new-confirmed", GATE_NEW_CONFIRMED},
	{"confirmed", GATE_CONFIRMED},
};

void gate_clear(struct gate *gate)
{
	baseline_free(gate->base);
	g_free(gate->base_name);
}

bool gate_find_kind(const char *word, enum gate_kind *ret_kind, GError **error)
{
	const char *names[G_N_ELEMENTS(meanings) + 1] = {NULL};
	const char *nearest;

	for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++) {
		names[i] = meanings[i].word;
		if (strcmp(word, meanings[i].word) == 0) {
			*ret_kind = meanings[i].kind;
			return true;
		}
	}
	nearest = nearest_word(word, names);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		    "%s is none of any, warning, error, none, new, new-confirmed, "
		    "confirmed%s%s%s",
		    word, nearest ? "; did you mean " : "", nearest ? nearest : "",
		    nearest ? "?" : "");
	return false;
}

bool gate_read(struct gate *gate, const char *fail_on, const char *base)
{
	g_autoptr(GError) error = NULL;

	gate->kind = base ? GATE_NEW : GATE_ANY;
	if (!fail_on || gate_find_kind(fail_on, &gate->kind, &error))
		return true;
	cli_error("--fail-on %s", error->message);
	return false;
}

static bool needs_base(enum gate_kind kind)
{
	return kind == GATE_NEW || kind == GATE_NEW_CONFIRMED;
}

static bool needs_evidence(enum gate_kind kind)
{
	return kind == GATE_CONFIRMED || kind == GATE_NEW_CONFIRMED;
}

static struct store *open_database(const char *database)
{
	g_autoptr(GError) error = NULL;
	struct store *store = store_open_readonly(database, &error);

	if (!store)
		cli_error("%s", error->message);
	return store;
}

static int open_file(struct gate *gate, const char *path)
{
	g_autoptr(GError) error = NULL;

	gate->base = baseline_read(path, &error);
	if (gate->base)
		return CLI_OK;
	cli_error("%s", error->message);
	return CLI_USAGE;
}

static int open_run(struct gate *gate, const char *base, const char *database, const char *series)
{
	g_autofree char *word = base ? g_strdup(base) : g_strconcat("series:", series, NULL);
	g_autoptr(store_t) store = NULL;
	g_autoptr(GError) error = NULL;

	if (!base && !g_file_test(database, G_FILE_TEST_EXISTS))
		return CLI_OK; /* the first run: all is new */
	store = open_database(database);
	if (!store)
		return CLI_DATABASE;
	if (base)
		return database_find_run(store, word, &gate->base_run_id);
	if (history_find_run(store, word, &gate->base_run_id, &error))
		return CLI_OK;
	return database_failed(error);
}

int gate_open(struct gate *gate, const char *base, const char *database, const char *series)
{
	int code = CLI_OK;

	if (needs_evidence(gate->kind) && !database) {
		cli_error("what runs confirmed is in the database: this gate goes without --no-db "
			  "only");
		return CLI_USAGE;
	}
	if (base && g_file_test(base, G_FILE_TEST_IS_REGULAR))
		code = open_file(gate, base);
	else if ((base || needs_base(gate->kind) || gate->degrees) && !database) {
		cli_error("what is new is known from a base: with --no-db it must be a file");
		return CLI_USAGE;
	} else if (base || needs_base(gate->kind) || gate->degrees)
		code = open_run(gate, base, database, series);
	if (gate->base && gate->degrees) {
		cli_error("--degree-increase needs a run to compare with: a baseline file has no "
			  "costs");
		code = CLI_USAGE;
	}
	if (gate->base)
		gate->base_name = g_strdup(base);
	else if (gate->base_run_id != 0)
		gate->base_name = g_strdup_printf("run %" G_GINT64_FORMAT, gate->base_run_id);
	return code;
}

/* Fingerprints of the rows of a table whose column 0 is one of two words. */
static GHashTable *new_ones(const struct table *diff)
{
	GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < table_row_count(diff); i++) {
		const char *change = table_text(diff, i, HISTORY_CHANGE);

		if (strcmp(change, "introduced") == 0 || strcmp(change, "unsuppressed") == 0)
			g_hash_table_add(found, g_strdup(table_text(diff, i, HISTORY_FINGERPRINT)));
	}
	return found;
}

static GHashTable *first_column(const struct table *table)
{
	GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < table_row_count(table); i++)
		g_hash_table_add(found, g_strdup(table_text(table, i, 0)));
	return found;
}

/* Those of `shown` that the base file has not. */
static GHashTable *not_in_file(const struct gate *gate, const GPtrArray *shown)
{
	g_autofree char *today = day_today();
	g_autofree struct baseline_entry **matches = baseline_match(gate->base, shown, today);
	GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < shown->len; i++)
		if (!matches[i])
			g_hash_table_add(
				found,
				g_strdup(((const struct finding *)shown->pdata[i])->fingerprint));
	return found;
}

/* NULL with `error`, or without: all are new. */
static GHashTable *find_new(const struct gate *gate, struct store *store, gint64 run_id,
			    const GPtrArray *shown, GError **error)
{
	g_autoptr(table_t) diff = NULL;

	if (gate->base)
		return not_in_file(gate, shown);
	if (gate->base_run_id == 0)
		return NULL;
	diff = history_diff(store, gate->base_run_id, run_id, error);
	return diff ? new_ones(diff) : NULL;
}

static GHashTable *find_confirmed(struct store *store, gint64 run_id, GError **error)
{
	g_autofree char *run = g_strdup_printf("%" G_GINT64_FORMAT, run_id);
	const struct store_param param = {"run", run};
	g_autoptr(table_t) table = table_read(
		store,
		"SELECT fingerprint FROM findings WHERE run_id = :run AND evidence = 'confirmed'",
		&param, 1, error);

	return table ? first_column(table) : NULL;
}

static bool is_at(enum gate_kind kind, const struct finding *finding, GHashTable *fresh,
		  GHashTable *confirmed)
{
	bool is_new = !fresh || g_hash_table_contains(fresh, finding->fingerprint);
	bool is_confirmed = confirmed && g_hash_table_contains(confirmed, finding->fingerprint);

	switch (kind) {
	case GATE_ANY:
		return true;
	case GATE_WARNING:
		return finding->level <= FINDING_WARNING;
	case GATE_ERROR:
		return finding->level <= FINDING_ERROR;
	case GATE_NONE:
		return false;
	case GATE_NEW:
		return is_new;
	case GATE_NEW_CONFIRMED:
		return is_new && is_confirmed;
	case GATE_CONFIRMED:
		return is_confirmed;
	}
	return true;
}

bool gate_count(const struct gate *gate, const char *database, gint64 run_id,
		const GPtrArray *shown, guint *ret_count)
{
	bool asks = database && (needs_base(gate->kind) || needs_evidence(gate->kind));
	g_autoptr(store_t) store = asks ? open_database(database) : NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GHashTable) fresh = NULL;
	g_autoptr(GHashTable) confirmed = NULL;

	*ret_count = 0;
	if (asks && !store)
		return false;
	if (needs_base(gate->kind))
		fresh = find_new(gate, store, run_id, shown, &error);
	if (!error && needs_evidence(gate->kind))
		confirmed = find_confirmed(store, run_id, &error);
	if (error) {
		cli_error("%s", error->message);
		return false;
	}
	for (guint i = 0; i < shown->len; i++)
		*ret_count += is_at(gate->kind, shown->pdata[i], fresh, confirmed);
	return true;
}

char *gate_describe(const struct gate *gate, guint count, guint shown)
{
	const char *since = gate->base_name ? " since " : "";
	const char *base = gate->base_name ? gate->base_name : ", there is no run before";

	switch (gate->kind) {
	case GATE_ANY:
	case GATE_WARNING:
	case GATE_ERROR:
	case GATE_NONE:
		return NULL;
	case GATE_NEW:
		return g_strdup_printf("%u of %u shown are new%s%s", count, shown, since, base);
	case GATE_NEW_CONFIRMED:
		return g_strdup_printf("%u of %u shown are new%s%s, and confirmed", count, shown,
				       since, base);
	case GATE_CONFIRMED:
		return g_strdup_printf("%u of %u shown are confirmed", count, shown);
	}
	return NULL;
}

/* Findings: their life, their order and their identity.
 *
 * Identity is what a review, a baseline or a suppression hangs on, so it is made of what a person
 * would call "the same problem": lines, messages and directories may change under it. It does
 * change when a function, the sink's expression or, for statics, the file is renamed; the loose
 * fingerprint survives the last of these. */
#include "rules/finding.h"

#include <string.h>

const char *finding_level_name(enum finding_level level)
{
	static const char *const names[] = {
		[FINDING_ERROR] = "error",
		[FINDING_WARNING] = "warning",
		[FINDING_NOTE] = "note",
	};

	return names[level];
}

const char *finding_confidence_name(enum finding_confidence confidence)
{
	static const char *const names[] = {
		[FINDING_HIGH] = "high",
		[FINDING_MEDIUM] = "medium",
		[FINDING_LOW] = "low",
	};

	return names[confidence];
}

const char *finding_step_kind_name(enum finding_step_kind kind)
{
	static const char *const names[] = {
		[STEP_REGISTER] = "register", [STEP_ENTER] = "enter", [STEP_CALL] = "call",
		[STEP_INDIRECT] = "indirect", [STEP_LOOP] = "loop",   [STEP_SINK] = "sink",
		[STEP_NOTE] = "note",
	};

	return names[kind];
}

static void step_free(void *data)
{
	struct finding_step *step = data;

	g_free(step->place.file);
	g_free(step->function);
	g_free(step->usr);
	g_free(step->message);
	g_free(step);
}

static void way_free(void *data)
{
	struct finding_way *way = data;

	g_free(way->place.file);
	g_free(way->function);
	g_free(way->message);
	g_ptr_array_unref(way->steps);
	g_free(way);
}

struct finding *finding_new(const char *rule)
{
	struct finding *finding = g_new0(struct finding, 1);

	finding->rule = rule;
	finding->level = FINDING_WARNING;
	finding->decided = "unknown";
	finding->context = "io";
	finding->steps = g_ptr_array_new_with_free_func(step_free);
	finding->ways = g_ptr_array_new_with_free_func(way_free);
	return finding;
}

void finding_free(struct finding *finding)
{
	if (!finding)
		return;
	g_free(finding->confidence_text);
	g_free(finding->message);
	g_free(finding->instead);
	g_free(finding->condition);
	g_free(finding->place.file);
	g_free(finding->root_name);
	g_free(finding->root_usr);
	g_free(finding->root_file);
	g_free(finding->sink_name);
	g_free(finding->function_name);
	g_free(finding->function_usr);
	g_free(finding->sink_text);
	g_free(finding->unit);
	g_free(finding->fingerprint);
	g_free(finding->fingerprint_loose);
	g_free(finding->suppressed_by);
	g_free(finding->suppression_rule);
	g_free(finding->suppression_file);
	g_ptr_array_unref(finding->steps);
	g_ptr_array_unref(finding->ways);
	g_free(finding);
}

void finding_hide(struct finding *finding, const char *kind, const char *reason, const char *rule,
		  const char *file, guint line)
{
	finding->suppressed_by = g_strdup(reason);
	finding->suppression = kind;
	finding->suppression_rule = g_strdup(rule);
	finding->suppression_file = g_strdup(file);
	finding->suppression_line = line;
}

struct finding_step *finding_add_step(struct finding *finding, enum finding_step_kind kind)
{
	struct finding_step *step = g_new0(struct finding_step, 1);

	step->kind = kind;
	g_ptr_array_add(finding->steps, step);
	return step;
}

struct finding_step *finding_way_add_step(struct finding_way *way)
{
	struct finding_step *step = g_new0(struct finding_step, 1);

	g_ptr_array_add(way->steps, step);
	return step;
}

struct finding_way *finding_add_way(struct finding *finding)
{
	struct finding_way *way = g_new0(struct finding_way, 1);

	way->steps = g_ptr_array_new_with_free_func(step_free);
	g_ptr_array_add(finding->ways, way);
	return way;
}

static int compare_numbers(guint left, guint right)
{
	return (left > right) - (left < right);
}

static int compare_places(const struct finding_place *left, const struct finding_place *right)
{
	int order = g_strcmp0(left->file, right->file);

	if (order == 0)
		order = compare_numbers(left->line, right->line);
	return order != 0 ? order : compare_numbers(left->column, right->column);
}

/* The functions in full, directories and all: equal only if they are the same two functions. */
static int compare_functions(const struct finding *left, const struct finding *right)
{
	int order = g_strcmp0(left->root_usr, right->root_usr);

	if (order == 0)
		order = g_strcmp0(left->root_file, right->root_file);
	if (order == 0)
		order = g_strcmp0(left->root_name, right->root_name);
	return order != 0 ? order : g_strcmp0(left->function_usr, right->function_usr);
}

int finding_compare(const struct finding *left, const struct finding *right)
{
	int order = compare_numbers(left->level, right->level);

	if (order == 0)
		order = compare_numbers(left->confidence, right->confidence);
	if (order == 0)
		order = compare_numbers(right->other_roots, left->other_roots);
	if (order == 0)
		order = compare_places(&left->place, &right->place);
	if (order == 0)
		order = g_strcmp0(left->rule, right->rule);
	/* What follows only keeps the order the same from run to run. */
	if (order == 0)
		order = compare_functions(left, right);
	if (order == 0)
		order = g_strcmp0(left->context, right->context);
	if (order == 0)
		order = g_strcmp0(left->sink_name, right->sink_name);
	if (order == 0)
		order = compare_numbers(left->steps->len, right->steps->len);
	if (order == 0)
		order = g_strcmp0(left->message, right->message);
	return order != 0 ? order : g_strcmp0(left->unit, right->unit);
}

/* Parts are separated by NUL, which none of them can hold. */
static void add_part(GString *key, const char *part)
{
	g_string_append_len(key, part ? part : "", part ? (gssize)strlen(part) + 1 : 1);
}

/* The USR of a static carries its file ("c:src/net/proxy.c@F@accept_cb"), that of what is local
 * also an offset ("c:proxy.c@141@F@f"). Neither the directory nor the offset says who it is. */
static void add_usr(GString *key, const char *usr)
{
	const char *slash = strrchr(usr, '/');

	if (slash)
		usr = slash + 1;
	else if (g_str_has_prefix(usr, "c:"))
		usr += 2;
	while (*usr) {
		size_t digits = *usr == '@' ? strspn(usr + 1, "0123456789") : 0;
		size_t size;

		if (digits > 0 && (usr[1 + digits] == '@' || usr[1 + digits] == '\0')) {
			usr += 1 + digits;
			continue;
		}
		size = 1 + strcspn(usr + 1, "@");
		g_string_append_len(key, usr, (gssize)size);
		usr += size;
	}
	g_string_append_c(key, '\0');
}

static void add_function(GString *key, const char *usr, const char *name)
{
	if (usr)
		add_usr(key, usr);
	else
		add_part(key, name);
}

static GString *identity_key(const struct finding *finding)
{
	GString *key = g_string_new(NULL);

	add_part(key, "clfp1");
	add_part(key, finding->rule);
	add_part(key, finding->context);
	add_function(key, finding->root_usr, finding->root_name);
	add_function(key, finding->function_usr, finding->function_name);
	add_part(key, finding->sink_name);
	add_part(key, finding->sink_text);
	return key;
}

static char *hash_key(const char *prefix, const GString *key)
{
	g_autofree char *hex =
		g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)key->str, key->len);

	return g_strconcat(prefix, hex, NULL);
}

/* Tokens with every name but those of called functions replaced: who renames a variable has not
 * made another finding. */
static void add_shape(GString *key, const char *text)
{
	g_auto(GStrv) tokens = g_strsplit(text ? text : "", " ", -1);

	for (guint i = 0; tokens[i]; i++) {
		bool is_name = g_ascii_isalpha(tokens[i][0]) || tokens[i][0] == '_';
		bool is_called = tokens[i + 1] && tokens[i + 1][0] == '(';

		g_string_append(key, is_name && !is_called ? "_" : tokens[i]);
		g_string_append_c(key, ' ');
	}
	g_string_append_c(key, '\0');
}

char *finding_loose_fingerprint(const struct finding *finding)
{
	g_autoptr(GString) key = g_string_new(NULL);

	if (finding->fingerprint_loose)
		return g_strdup(finding->fingerprint_loose);

	add_part(key, "clfp1-loose");
	add_part(key, finding->rule);
	add_part(key, finding->function_name);
	add_part(key, finding->sink_name);
	add_shape(key, finding->sink_text);
	return hash_key("v1-loose:", key);
}

struct sealing {
	struct finding *finding;
	GString *key;
};

static bool equal_keys(const struct sealing *left, const struct sealing *right)
{
	return g_string_equal(left->key, right->key);
}

/* Equal keys together, in source order, the best of exact repeats first. */
static int compare_sealings(const void *a, const void *b)
{
	const struct sealing *left = a, *right = b;
	size_t size = MIN(left->key->len, right->key->len);
	int order = memcmp(left->key->str, right->key->str, size);

	if (order == 0)
		order = compare_numbers((guint)left->key->len, (guint)right->key->len);
	if (order == 0)
		order = compare_places(&left->finding->place, &right->finding->place);
	if (order == 0)
		order = compare_functions(left->finding, right->finding);
	return order != 0 ? order : finding_compare(left->finding, right->finding);
}

static bool is_repeat(const struct sealing *left, const struct sealing *right)
{
	return equal_keys(left, right) &&
	       compare_places(&left->finding->place, &right->finding->place) == 0 &&
	       compare_functions(left->finding, right->finding) == 0;
}

static void seal(struct sealing *sealing, guint ordinal)
{
	struct finding *finding = sealing->finding;
	g_autofree char *number = g_strdup_printf("%u", ordinal);

	finding->ordinal = ordinal;
	add_part(sealing->key, number);
	g_free(finding->fingerprint);
	finding->fingerprint = hash_key("v1:", sealing->key);
	g_string_truncate(sealing->key, sealing->key->len - strlen(number) - 1);
}

static int compare_pointers(const void *left, const void *right)
{
	return finding_compare(*(struct finding *const *)left, *(struct finding *const *)right);
}

void findings_sort(GPtrArray *findings)
{
	g_ptr_array_sort(findings, compare_pointers);
}

void findings_seal(GPtrArray *findings)
{
	g_autofree struct sealing *all = g_new(struct sealing, findings->len + 1);
	guint count = findings->len, kept = 0, dropped = 0, ordinal = 0;

	for (guint i = 0; i < count; i++) {
		all[i].finding = g_ptr_array_index(findings, i);
		all[i].key = identity_key(all[i].finding);
	}
	if (count > 0)
		qsort(all, count, sizeof(*all), compare_sealings);
	for (guint i = 0; i < count; i++) {
		if (i > 0 && is_repeat(&all[i - 1], &all[i])) {
			findings->pdata[count - ++dropped] = all[i].finding;
			continue;
		}
		ordinal = i > 0 && equal_keys(&all[i - 1], &all[i]) ? ordinal + 1 : 0;
		seal(&all[i], ordinal);
		findings->pdata[kept++] = all[i].finding;
	}
	for (guint i = 0; i < count; i++)
		g_string_free(all[i].key, TRUE);
	g_ptr_array_set_size(findings, (gint)kept); /* frees the repeats behind */
	findings_sort(findings);
}

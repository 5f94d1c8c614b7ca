/* Reading, matching and writing the baseline. */
#include "rules/baseline.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/words.h"
#include "analyzer/models/yaml_tree.h"
#include "rules/day.h"
#include "rules/rule.h"
#include "rules/suppress.h"

enum { DIGITS = 16, DIGITS_LEAST = 12 };

/* The keys of an entry in the order in which they are written. */
static const struct key {
	const char *name;
	size_t offset;
	bool needed;
} keys[] = {
	{"file", offsetof(struct baseline_entry, file), true},
	{"fp", offsetof(struct baseline_entry, fingerprint), true},
	{"loose", offsetof(struct baseline_entry, loose), false},
	{"rule", offsetof(struct baseline_entry, rule), false},
	{"root", offsetof(struct baseline_entry, root), false},
	{"sink", offsetof(struct baseline_entry, sink), false},
	{"reason", offsetof(struct baseline_entry, reason), false},
	{"expires", offsetof(struct baseline_entry, expires), false},
};

static char **value_of(const struct baseline_entry *entry, const struct key *key)
{
	return (char **)((char *)entry + key->offset);
}

static void entry_free(void *data)
{
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		g_free(*value_of(data, &keys[i]));
	g_free(((struct baseline_entry *)data)->hid);
	g_free(data);
}

struct baseline *baseline_new(void)
{
	struct baseline *baseline = g_new0(struct baseline, 1);

	baseline->entries = g_ptr_array_new_with_free_func(entry_free);
	return baseline;
}

void baseline_free(struct baseline *baseline)
{
	if (!baseline)
		return;
	g_ptr_array_unref(baseline->entries);
	g_free(baseline->hash);
	g_free(baseline);
}

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static bool unknown_key(const struct yaml_tree *tree, const struct yaml_node *node, GError **error)
{
	const char *names[G_N_ELEMENTS(keys) + 1] = {NULL};
	const char *nearest;

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		names[i] = keys[i].name;
	nearest = nearest_word(node->text, names);
	return yaml_tree_complain(tree, node, 0, error, "there is no %s in a baseline%s%s%s",
				  node->text, nearest ? "; did you mean " : "",
				  nearest ? nearest : "", nearest ? "?" : "");
}

static bool is_digits(const char *text)
{
	size_t size = strspn(text, "0123456789abcdef");

	return size >= DIGITS_LEAST && text[size] == '\0';
}

static bool check_value(const struct yaml_tree *tree, const struct key *key,
			const struct yaml_node *value, GError **error)
{
	bool hash = strcmp(key->name, "fp") == 0 || strcmp(key->name, "loose") == 0;

	if (value->kind != YAML_NODE_SCALAR)
		return yaml_tree_complain(tree, value, 0, error, "%s is one word", key->name);
	if (hash && !is_digits(value->text))
		return yaml_tree_complain(tree, value, 0, error,
					  "%s is %d or more hexadecimal digits", key->name,
					  DIGITS_LEAST);
	if (strcmp(key->name, "expires") == 0 && !day_is_one(value->text))
		return yaml_tree_complain(tree, value, 0, error, "expires is a day, as 2027-01-01");
	return true;
}

static bool read_entry(struct baseline *baseline, const struct yaml_tree *tree,
		       const struct yaml_node *node, GError **error)
{
	struct baseline_entry *entry = g_new0(struct baseline_entry, 1);

	g_ptr_array_add(baseline->entries, entry);
	entry->line = node->line;
	if (node->kind != YAML_NODE_MAP)
		return yaml_tree_complain(tree, node, 0, error,
					  "an entry looks like "
					  "{file: …, fp: …}");
	for (const struct yaml_node *name = node->first; name; name = name->next->next) {
		const struct key *key = find_key(name->text);

		if (!key)
			return unknown_key(tree, name, error);
		if (!check_value(tree, key, name->next, error))
			return false;
		g_free(*value_of(entry, key));
		*value_of(entry, key) = g_strdup(name->next->text);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (keys[i].needed && !*value_of(entry, &keys[i]))
			return yaml_tree_complain(tree, node, 0, error, "the entry has no %s",
						  keys[i].name);
	return true;
}

static bool read_part(struct baseline *baseline, const struct yaml_tree *tree,
		      const struct yaml_node *name, GError **error)
{
	const struct yaml_node *value = name->next;

	if (strcmp(name->text, "version") == 0) {
		if (value->kind == YAML_NODE_SCALAR && strcmp(value->text, "1") == 0)
			return true;
		return yaml_tree_complain(tree, value, 0, error,
					  "this contlint knows baselines of version 1 only");
	}
	if (strcmp(name->text, "findings") != 0)
		return yaml_tree_complain(tree, name, 0, error,
					  "a baseline has version and findings, not %s",
					  name->text);
	if (value->kind == YAML_NODE_SCALAR && value->text[0] == '\0')
		return true; /* none left */
	if (value->kind != YAML_NODE_LIST)
		return yaml_tree_complain(tree, value, 0, error, "findings is a list");
	for (const struct yaml_node *node = value->first; node; node = node->next)
		if (!read_entry(baseline, tree, node, error))
			return false;
	return true;
}

struct baseline *baseline_read(const char *path, GError **error)
{
	g_autoptr(baseline_t) baseline = baseline_new();
	g_autoptr(yaml_tree_t) tree = NULL;
	g_autofree char *text = NULL;
	gsize size;

	if (!g_file_get_contents(path, &text, &size, error))
		return NULL;
	baseline->hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, (gssize)size);
	tree = yaml_tree_read(path, text, size, error);
	if (!tree)
		return NULL;
	if (tree->root && tree->root->kind != YAML_NODE_MAP) {
		(void)yaml_tree_complain(tree, tree->root, 0, error,
					 "a baseline has version and findings");
		return NULL;
	}
	for (const struct yaml_node *name = tree->root ? tree->root->first : NULL; name;
	     name = name->next->next)
		if (!read_part(baseline, tree, name, error))
			return NULL;
	return g_steal_pointer(&baseline);
}

/* The first digits of "v1:5fec…" and "v1-loose:6b86…". */
static char *digits_of(const char *fingerprint)
{
	const char *colon = strchr(fingerprint, ':');

	return g_strndup(colon ? colon + 1 : fingerprint, DIGITS);
}

struct baseline_entry *baseline_add(struct baseline *baseline, const struct finding *finding)
{
	struct baseline_entry *entry = g_new0(struct baseline_entry, 1);
	g_autofree char *loose = finding_loose_fingerprint(finding);

	entry->file = g_strdup(finding->place.file ? finding->place.file : "(unknown)");
	entry->fingerprint = digits_of(finding->fingerprint);
	entry->loose = digits_of(loose);
	entry->rule = g_strdup(finding->rule);
	entry->root = g_strdup(finding->root_name);
	entry->sink = g_strdup(finding->sink_name);
	g_ptr_array_add(baseline->entries, entry);
	return entry;
}

static bool begins(const char *fingerprint, const char *digits)
{
	const char *colon = strchr(fingerprint, ':');

	return digits && g_str_has_prefix(colon ? colon + 1 : fingerprint, digits);
}

/* Baselines have thousands of entries: found by their first digits. */
static GHashTable *index_entries(const struct baseline *baseline, bool loose, const char *today)
{
	GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = baseline->entries->len; i-- > 0;) { /* the first of equals stays */
		struct baseline_entry *entry = baseline->entries->pdata[i];
		const char *digits = loose ? entry->loose : entry->fingerprint;

		if (digits && !entry->used &&
		    (!entry->expires || strcmp(entry->expires, today) >= 0))
			g_hash_table_insert(index, g_strndup(digits, DIGITS_LEAST), entry);
	}
	return index;
}

static struct baseline_entry *take(GHashTable *index, const char *fingerprint, bool loose)
{
	const char *colon = strchr(fingerprint, ':');
	g_autofree char *key = g_strndup(colon ? colon + 1 : fingerprint, DIGITS_LEAST);
	struct baseline_entry *entry = g_hash_table_lookup(index, key);

	if (!entry || entry->used ||
	    !begins(fingerprint, loose ? entry->loose : entry->fingerprint))
		return NULL;
	entry->used = true;
	return entry;
}

/* First who is the same, then who has moved; an index is made anew while a round of the second
 * kind still finds something, since several entries may share their loose digits. */
struct baseline_entry **baseline_match(struct baseline *baseline, const GPtrArray *findings,
				       const char *today)
{
	struct baseline_entry **matches = g_new0(struct baseline_entry *, findings->len + 1);
	g_autoptr(GHashTable) exact = index_entries(baseline, false, today);
	bool found = true;

	for (guint i = 0; i < findings->len; i++)
		matches[i] =
			take(exact, ((struct finding *)findings->pdata[i])->fingerprint, false);
	while (found) {
		g_autoptr(GHashTable) loose = index_entries(baseline, true, today);

		found = false;
		for (guint i = 0; i < findings->len; i++) {
			g_autofree char *fingerprint = NULL;

			if (matches[i])
				continue;
			fingerprint = finding_loose_fingerprint(findings->pdata[i]);
			matches[i] = take(loose, fingerprint, true);
			found = found || matches[i];
		}
	}
	return matches;
}

static const char *reason_of(const struct baseline_entry *entry)
{
	return entry->reason ? entry->reason : "accepted before";
}

void baseline_apply(struct baseline *baseline, const GPtrArray *findings, const char *today)
{
	g_autofree struct baseline_entry **matches = baseline_match(baseline, findings, today);

	for (guint i = 0; i < findings->len; i++) {
		struct finding *finding = findings->pdata[i];

		if (!matches[i] || finding->suppressed_by)
			continue;
		matches[i]->hid = g_strdup(finding->fingerprint);
		finding_hide(finding, "baseline", reason_of(matches[i]), NULL, NULL, 0);
	}
}

void baseline_rule_is_on(struct baseline *baseline, const char *rule)
{
	for (guint i = 0; i < baseline->entries->len; i++) {
		struct baseline_entry *entry = baseline->entries->pdata[i];

		entry->rule_is_on = entry->rule_is_on || g_strcmp0(entry->rule, rule) == 0;
	}
}

bool baseline_is_stale(const struct baseline_entry *entry)
{
	bool known = entry->rule_is_on || !entry->rule || !rules_find(entry->rule);

	return !entry->used && known;
}

void baseline_describe(const struct baseline *baseline, GPtrArray *suppressions)
{
	for (guint i = 0; i < baseline->entries->len; i++) {
		const struct baseline_entry *entry = baseline->entries->pdata[i];
		struct suppression *row;

		if (!entry->hid && !baseline_is_stale(entry))
			continue;
		row = g_new0(struct suppression, 1);
		row->kind = "baseline";
		row->rule = entry->hid ? entry->hid : entry->fingerprint;
		row->reason = reason_of(entry);
		row->expires = g_strdup(entry->expires);
		row->hits = entry->hid != NULL;
		g_ptr_array_add(suppressions, row);
	}
}

static int compare(const void *left, const void *right)
{
	const struct baseline_entry *a = *(struct baseline_entry *const *)left;
	const struct baseline_entry *b = *(struct baseline_entry *const *)right;
	int order = strcmp(a->file, b->file);

	return order != 0 ? order : strcmp(a->fingerprint, b->fingerprint);
}

/* YAML reads a plain word as it stands. */
static void append_value(GString *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./+";
	static const char inner[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./+-";

	if (text[0] && strchr(plain, text[0]) && text[strspn(text, inner)] == '\0') {
		g_string_append(out, text);
		return;
	}
	yaml_append_quoted(out, text);
}

char *baseline_print(const struct baseline *baseline)
{
	GString *out = g_string_new("# Findings that are accepted for now: contlint baseline "
				    "update takes out what is gone.\n"
				    "# One a line, sorted, so that merges work. A reason and a day "
				    "(expires: 2027-01-01) may be added.\n"
				    "version: 1\nfindings:\n");
	g_autoptr(GPtrArray) sorted = g_ptr_array_copy(baseline->entries, NULL, NULL);

	g_ptr_array_set_free_func(sorted, NULL);
	g_ptr_array_sort(sorted, compare);
	for (guint i = 0; i < sorted->len; i++) {
		const char *separator = "- {";

		for (size_t k = 0; k < G_N_ELEMENTS(keys); k++) {
			const char *value = *value_of(sorted->pdata[i], &keys[k]);

			if (!value)
				continue;
			g_string_append_printf(out, "%s%s: ", separator, keys[k].name);
			append_value(out, value);
			separator = ", ";
		}
		g_string_append(out, "}\n");
	}
	return g_string_free(out, FALSE);
}

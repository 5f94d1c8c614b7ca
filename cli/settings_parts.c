/* .contlint.yaml: what it says of rules and what it hides. */
#include "cli/settings_private.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/file_glob.h"
#include "analyzer/file_path.h"
#include "rules/day.h"
#include "rules/rule.h"
#include "rules/silence.h"

/* ---- rules ------------------------------------------------------------------------------------
 */

static bool fits_a_rule(const char *pattern)
{
	for (size_t i = 0; rules_all[i]; i++)
		if (g_pattern_match_simple(pattern, rules_all[i]->id))
			return true;
	return false;
}

/* True if `word` is the name of a level, or "off" or "on". */
static bool read_state(struct setting_rule *rule, const char *word)
{
	if (strcmp(word, "off") == 0 || strcmp(word, "on") == 0) {
		rule->state = word[1] == 'n' ? RULE_ON : RULE_OFF;
		return true;
	}
	for (int level = FINDING_ERROR; level <= FINDING_NOTE; level++)
		if (strcmp(word, finding_level_name((enum finding_level)level)) == 0) {
			rule->level = level;
			return true;
		}
	return false;
}

static bool read_rule_map(struct settings_reader *reader, struct setting_rule *rule,
			  const struct yaml_node *map, GError **error)
{
	static const char *const names[] = {"level", "options", NULL};

	for (const struct yaml_node *key = map->first; key; key = key->next->next) {
		const struct yaml_node *value = key->next;

		if (key->kind == YAML_NODE_SCALAR && strcmp(key->text, "options") == 0) {
			if (!settings_read_options(reader, rule->pattern, key, error))
				return false;
			continue;
		}
		if (key->kind != YAML_NODE_SCALAR || strcmp(key->text, "level") != 0)
			return settings_complain_unknown(reader,
							 key->kind == YAML_NODE_SCALAR ? key : map,
							 "key of a rule:", names, error);
		if (value->kind != YAML_NODE_SCALAR || !read_state(rule, value->text))
			return yaml_tree_complain(reader->tree, value, 0, error,
						  "a level is error, warning, note or off");
	}
	return true;
}

static bool read_rule(struct settings_reader *reader, const struct yaml_node *key, GError **error)
{
	struct setting_rule *rule = g_new0(struct setting_rule, 1);
	const struct yaml_node *value = key->next;

	g_ptr_array_add(reader->settings->rules, rule);
	rule->level = -1;
	rule->place = (struct setting_place){reader->file, key->line};
	rule->pattern = g_strdup(key->kind == YAML_NODE_SCALAR ? rules_id_of(key->text) : "");
	if (!fits_a_rule(rule->pattern))
		return key->kind == YAML_NODE_SCALAR
			       ? settings_complain_unknown(reader, key, "rule", rules_ids(), error)
			       : yaml_tree_complain(reader->tree, key, 0, error,
						    "a rule is a word");
	if (value->kind == YAML_NODE_MAP) {
		if (!read_rule_map(reader, rule, value, error))
			return false;
	} else if (value->kind != YAML_NODE_SCALAR || !read_state(rule, value->text)) {
		return yaml_tree_complain(reader->tree, value, 0, error,
					  "a rule is on, off, error, warning, note or "
					  "{level: …, options: …}");
	}
	/* Who says how grave one rule is wants it. */
	if (rule->state == RULE_AS_IT_IS && !strchr(rule->pattern, '*'))
		rule->state = RULE_ON;
	return true;
}

bool settings_read_rules(struct settings_reader *reader, const struct yaml_node *node,
			 GError **error)
{
	if (node->kind == YAML_NODE_SCALAR && node->text[0] == '\0')
		return true;
	if (node->kind != YAML_NODE_MAP)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "rules are keys and values, as blocking-dns: off");
	for (const struct yaml_node *key = node->first; key; key = key->next->next)
		if (!read_rule(reader, key, error))
			return false;
	return true;
}

/* Where I/O threads may block, no rule says that they do; one that is named under rules does. */
static void append_allowed(const struct settings *settings, GString *list)
{
	if (g_strcmp0(settings_word(settings, SETTING_IO_BLOCKING), "allow") != 0)
		return;
	for (size_t i = 0; rules_all[i]; i++)
		if (strcmp(rules_all[i]->family, "blocks") == 0)
			g_string_append_printf(list, "%s-%s", list->len ? "," : "",
					       rules_all[i]->id);
}

char *settings_rule_list(const struct settings *settings)
{
	g_autoptr(GString) list = g_string_new(NULL);

	append_allowed(settings, list);
	for (guint i = 0; i < settings->rules->len; i++) {
		const struct setting_rule *rule = g_ptr_array_index(settings->rules, i);

		if (rule->state != RULE_AS_IT_IS)
			g_string_append_printf(list, "%s%c%s", list->len ? "," : "",
					       rule->state == RULE_ON ? '+' : '-', rule->pattern);
	}
	return list->len ? g_string_free(g_steal_pointer(&list), FALSE) : NULL;
}

static void set_level(const struct settings *settings, struct finding *finding)
{
	const struct rule *of = rules_find(finding->rule);
	bool usual = !of || finding->level <= of->level;
	int level = -1;

	for (guint i = 0; i < settings->rules->len; i++) {
		const struct setting_rule *rule = g_ptr_array_index(settings->rules, i);

		if (rule->level >= 0 && g_pattern_match_simple(rule->pattern, finding->rule) &&
		    (!rule->folder ||
		     (finding->place.file && file_path_under(finding->place.file, rule->folder))))
			level = rule->level;
	}
	if (level >= 0 && (usual || level > (int)finding->level))
		finding->level = (enum finding_level)level;
}

void settings_set_levels(const struct settings *settings, GPtrArray *findings)
{
	if (settings->rules->len == 0)
		return;
	for (guint i = 0; i < findings->len; i++)
		set_level(settings, g_ptr_array_index(findings, i));
	findings_sort(findings);
}

/* ---- what it hides ----------------------------------------------------------------------------
 */

static const struct part {
	const char *name;
	size_t offset;
	bool needed;
} parts[] = {
	{"rule", offsetof(struct silence, rule), true},
	{"path", offsetof(struct silence, path), false},
	{"reason", offsetof(struct silence, reason), true},
	{"expires", offsetof(struct silence, expires), false},
};

static char **value_of(struct silence *silence, const struct part *part)
{
	return (char **)((char *)silence + part->offset);
}

static bool read_part(const struct settings_reader *reader, struct silence *silence,
		      const struct yaml_node *key, GError **error)
{
	const char *names[G_N_ELEMENTS(parts) + 1] = {NULL};
	const struct yaml_node *value = key->next;

	if (key->kind != YAML_NODE_SCALAR)
		return yaml_tree_complain(reader->tree, key, 0, error, "a key is a word");
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		names[i] = parts[i].name;
		if (strcmp(key->text, parts[i].name) != 0)
			continue;
		if (value->kind != YAML_NODE_SCALAR || value->text[0] == '\0')
			return yaml_tree_complain(reader->tree, value, 0, error,
						  "%s is a text here", parts[i].name);
		g_free(*value_of(silence, &parts[i]));
		*value_of(silence, &parts[i]) = g_strdup(value->text);
		return true;
	}
	return settings_complain_unknown(reader, key, "key of a suppression:", names, error);
}

static bool check_silence(const struct settings_reader *reader, struct silence *silence,
			  const struct yaml_node *node, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (parts[i].needed && !*value_of(silence, &parts[i]))
			return yaml_tree_complain(reader->tree, node, 0, error,
						  "the suppression has no %s", parts[i].name);
	if (!fits_a_rule(silence->rule))
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "there is no rule %s; contlint explain lists them",
					  silence->rule);
	if (silence->expires && !day_is_one(silence->expires))
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "expires is a day, as 2027-01-01");
	if (silence->path)
		silence->regex = file_glob_new(silence->path);
	return true;
}

static bool read_suppression(struct settings_reader *reader, const struct yaml_node *node,
			     GError **error)
{
	struct silence *silence = g_new0(struct silence, 1);

	g_ptr_array_add(reader->settings->suppressions, silence);
	silence->file = reader->file;
	silence->line = node->line;
	silence->column = node->column;
	if (node->kind != YAML_NODE_MAP)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "a suppression looks like {rule: …, path: …, "
					  "reason: …}");
	for (const struct yaml_node *key = node->first; key; key = key->next->next)
		if (!read_part(reader, silence, key, error))
			return false;
	if (silence->rule) {
		char *name = g_strdup(rules_id_of(silence->rule));

		g_free(silence->rule);
		silence->rule = name;
	}
	return check_silence(reader, silence, node, error);
}

bool settings_read_suppressions(struct settings_reader *reader, const struct yaml_node *node,
				GError **error)
{
	if (node->kind == YAML_NODE_SCALAR && node->text[0] == '\0')
		return true;
	if (node->kind != YAML_NODE_LIST)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "suppress is a list of {rule: …, reason: …}");
	for (const struct yaml_node *entry = node->first; entry; entry = entry->next)
		if (!read_suppression(reader, entry, error))
			return false;
	return true;
}

bool settings_check_suppressions(const struct settings_reader *reader, GError **error)
{
	const struct settings *settings = reader->settings;
	int days = settings_number(settings, SETTING_MAX_AGE);
	g_autofree char *latest = days > 0 ? day_in(days) : NULL;

	for (guint i = 0; latest && i < settings->suppressions->len; i++) {
		const struct silence *silence = g_ptr_array_index(settings->suppressions, i);
		const struct yaml_node place = {.line = silence->line, .column = silence->column};

		if (silence->file != reader->file)
			continue; /* inherited: told when that was read */
		if (!silence->expires || strcmp(silence->expires, latest) > 0)
			return yaml_tree_complain(
				reader->tree, &place, 0, error,
				"a suppression lives %d days at most "
				"(gate.max_suppression_age_days): expires is %s or earlier",
				days, latest);
	}
	return true;
}

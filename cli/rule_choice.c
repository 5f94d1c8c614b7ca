/* Which rules are on. */
#include "cli/rule_choice.h"

#include <gio/gio.h>
#include <string.h>

#include "analyzer/words.h"
#include "cli/command.h"

static guint rule_count(void)
{
	guint count = 0;

	while (rules_all[count])
		count++;
	return count;
}

static void set_error(GError **error, const char *name)
{
	const char *nearest = nearest_word(name, rules_ids());

	if (nearest)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "there is no rule %s; did you mean %s?", name, nearest);
	else
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "there is no rule %s; contlint explain lists them", name);
}

/* Switches what `name` fits; false if it fits nothing. */
static bool switch_rules(bool *on, const char *name, bool value)
{
	bool fits = false;

	for (guint i = 0; rules_all[i]; i++)
		if (g_pattern_match_simple(name, rules_all[i]->id)) {
			on[i] = value;
			fits = true;
		}
	return fits;
}

static bool read_word(bool *on, const char *word, GError **error)
{
	const char *name = rules_id_of(word + (word[0] == '+' || word[0] == '-'));

	if (switch_rules(on, name, word[0] != '-'))
		return true;
	set_error(error, name);
	return false;
}

const struct rule **rule_choice_parse(const char *list, GError **error)
{
	g_autofree bool *on = g_new0(bool, rule_count());
	g_auto(GStrv) words = g_strsplit(list ? list : "", ",", -1);
	const struct rule **chosen;
	guint count = 0;
	bool changes = true; /* of the default */

	for (size_t i = 0; words[i]; i++)
		g_strstrip(words[i]);
	if (words[0] && words[0][0] != '\0')
		changes = words[0][0] == '+' || words[0][0] == '-';
	for (guint i = 0; changes && rules_all[i]; i++)
		on[i] = !rules_all[i]->off_by_default;
	for (size_t i = 0; words[i]; i++)
		if (words[i][0] != '\0' && !read_word(on, words[i], error))
			return NULL;
	chosen = g_new0(const struct rule *, rule_count() + 1);
	for (guint i = 0; rules_all[i]; i++)
		if (on[i])
			chosen[count++] = rules_all[i];
	return chosen;
}

const struct rule *rule_choice_find(const char *name, GError **error)
{
	const char *id = rules_id_of(name);
	const struct rule *rule = rules_find(id);

	if (!rule)
		set_error(error, id);
	return rule;
}

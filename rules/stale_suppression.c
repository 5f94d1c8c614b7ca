/* A comment or a row of the configuration that hides nothing any more. What it misses is in the
 * rule's own text below. */
#include <string.h>

#include "analyzer/words.h"
#include "rules/hygiene.h"

/* Whether a rule of that name or pattern exists, and whether all that fit were on. What rules of
 * suppressions find is not known yet, so that they count as off. */
static void find_rules(const struct rule_input *input, const char *pattern, bool *ret_exists,
		       bool *ret_on)
{
	*ret_exists = false;
	*ret_on = true;
	for (guint i = 0; rules_all[i]; i++) {
		bool on = false;

		if (!suppress_rule_fits(pattern, rules_all[i]->id))
			continue;
		*ret_exists = true;
		for (guint k = 0; input->rules[k]; k++)
			on = on || (input->rules[k] == rules_all[i] &&
				    strcmp(rules_all[i]->family, "hygiene") != 0);
		*ret_on = *ret_on && on;
	}
}

static char *tell_unknown(const struct suppression *comment)
{
	const char *nearest = nearest_word(comment->rule, rules_ids());

	return g_strdup_printf("there is no rule %s, so this comment hides nothing%s%s%s",
			       comment->rule, nearest ? "; did you mean " : "",
			       nearest ? nearest : "", nearest ? "?" : "");
}

/* Whether a line that the comment is about has code in this program: what stands in a branch of
 * another system has none, and nothing is known of it. Looks at `lines`, of the comment's file. */
static bool has_code(const struct suppression *comment, GHashTable *lines)
{
	GHashTableIter i;
	gpointer line;

	if (comment->whole_file)
		return g_hash_table_size(lines) > 0;
	g_hash_table_iter_init(&i, lines);
	while (g_hash_table_iter_next(&i, &line, NULL))
		if (GPOINTER_TO_UINT(line) >= comment->first &&
		    GPOINTER_TO_UINT(line) <= comment->last)
			return true;
	return false;
}

/* The same for a row of the configuration: whether the program has a file that it is about. */
static bool has_file(const struct suppression *row, const struct program *program)
{
	for (guint i = 0; row->files && i < program->function_count; i++) {
		const char *file = program->functions[i].file;

		if (file && g_regex_match(row->files, file, 0, NULL))
			return true;
	}
	return !row->files;
}

/* The lines of `file` on which something happens: keys of a set. */
static GHashTable *lines_of(const struct program *program, const char *file)
{
	GHashTable *lines = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < program->unit_count; i++) {
		const struct facts *facts = program->units[i].facts;

		for (guint row = 0; facts && row < facts->events->len; row++) {
			const struct fact_event *event =
				facts_row(facts, events, struct fact_event, row);
			const char *in = NULL;
			uint32_t line;

			if (program_locate(program, i, event->loc, &in, &line, NULL) &&
			    g_strcmp0(in, file) == 0)
				g_hash_table_add(lines, GUINT_TO_POINTER(line));
		}
	}
	return lines;
}

/* What is wrong with the comment, or NULL. `files` keeps lines_of(). Caller frees. */
static char *judge_comment(const struct rule_input *input, const struct suppression *comment,
			   GHashTable *files)
{
	bool exists, on;
	GHashTable *lines;

	find_rules(input, comment->rule, &exists, &on);
	if (!exists)
		return tell_unknown(comment);
	if (suppress_is_over(comment, input->today))
		return g_strdup_printf("this suppression of %s held until %s: what it hid is shown "
				       "again",
				       comment->rule, comment->expires);
	if (comment->begins && comment->last == 0)
		return g_strdup_printf("this begins to suppress %s and has no end, so it hides "
				       "nothing",
				       comment->rule);
	if (comment->hits > 0 || comment->excuses || comment->standing || !on || !input->complete)
		return NULL;
	if (strcmp(comment->kind, "config") == 0)
		return has_file(comment, input->program)
			       ? g_strdup_printf(
					 "this suppression of %s in the configuration hides "
					 "nothing: take it out",
					 comment->rule)
			       : NULL;
	lines = g_hash_table_lookup(files, comment->file);
	if (!lines) {
		lines = lines_of(input->program, comment->file);
		g_hash_table_insert(files, (gpointer)comment->file, lines);
	}
	if (!has_code(comment, lines))
		return NULL;
	return g_strdup_printf("this suppression of %s hides nothing: take it out", comment->rule);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
							    (GDestroyNotify)g_hash_table_unref);

	for (guint i = 0; i < input->suppressions->len; i++) {
		const struct suppression *comment = g_ptr_array_index(input->suppressions, i);
		char *message;

		if (strcmp(comment->rule, "*") == 0)
			continue;
		message = judge_comment(input, comment, files);
		if (message)
			(void)hygiene_add(rule, input, comment, message, findings);
	}
}

const struct rule rule_stale_suppression = {
	.id = "stale-suppression",
	.family = "hygiene",
	.summary = "a comment or a row of the configuration that hides findings hides none",
	.why = "A suppression that is no longer needed waits for the next finding at its place "
	       "and hides it unseen, with a reason that was written for another. The same holds "
	       "for one whose rule is misspelt, whose last day has passed, or whose end is "
	       "missing: who wrote it believes that it works.",
	.instead = "Take the comment out; or correct the name of the rule, give it another day "
		   "and say why, write the end.",
	.misses =
		"Whether a comment is needed is said only of a check in which every unit was "
		"analysed whole and its rule was on. A comment beside lines without a call, a "
		"loop or a test is left alone: they may be code of another system. So is one "
		"that names all rules, which may be meant for clang-tidy, a row of .contlint.yaml "
		"about files that this program does not have, and what hides rules like this "
		"one.",
	.level = FINDING_NOTE,
	.precision = "high",
	.check = check,
};

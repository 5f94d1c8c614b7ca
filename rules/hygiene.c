/* Findings about the comments that hide findings. */
#include "rules/hygiene.h"

/* The function around a line, or NULL. */
static const struct program_function *function_at(const struct program *program, const char *file,
						  guint line)
{
	for (guint i = 0; i < program->function_count; i++) {
		const struct program_function *function = &program->functions[i];

		if (line >= function->line && line <= function->end_line &&
		    g_strcmp0(function->file, file) == 0)
			return function;
	}
	return NULL;
}

static void set_place(struct finding_place *place, const struct suppression *comment)
{
	place->file = g_strdup(comment->file);
	place->line = comment->line;
	place->column = comment->column;
}

struct finding *hygiene_add(const struct rule *rule, const struct rule_input *input,
			    const struct suppression *comment, char *message, GPtrArray *findings)
{
	const struct program_function *in =
		function_at(input->program, comment->file, comment->line);
	struct finding *finding = finding_new(rule->id);
	struct finding_step *step = finding_add_step(finding, STEP_SINK);

	finding->level = rule->level;
	finding->confidence = FINDING_HIGH;
	finding->score = 1;
	finding->confidence_text = g_strdup("confidence 1.00: the comment stands there");
	finding->decided = "proven";
	finding->context = "unknown";
	finding->message = message;
	finding->root_name = g_strdup(in ? in->name : comment->file);
	finding->root_usr = g_strdup(in ? in->usr : "");
	finding->root_file = g_strdup(comment->file);
	finding->function_name = g_strdup(finding->root_name);
	finding->function_usr = g_strdup(finding->root_usr);
	finding->sink_name = g_strdup("comment");
	finding->sink_text = g_strdup(comment->rule);
	finding->unit = g_strdup(in ? input->program->units[in->unit].file : comment->file);
	set_place(&finding->place, comment);
	set_place(&step->place, comment);
	step->function = g_strdup(finding->function_name);
	step->usr = g_strdup(finding->function_usr);
	step->message = g_strdup(message);
	g_ptr_array_add(findings, finding);
	return finding;
}

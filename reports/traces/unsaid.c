/* One finding for each continuation and function of the project in which it was held. The lines of
 * a computation differ from run to run, so it stands at its function. */
#include "reports/traces/unsaid.h"

static const struct observed_frame *frame_at(const struct observed_sight *sight, guint i)
{
	return &g_array_index(sight->frames, struct observed_frame, i);
}

/* Position of the innermost function of the project; one past the last if there is none. */
static guint find_own(const struct observed_sight *sight)
{
	guint i = 0;

	while (i < sight->frames->len && !frame_at(sight, i)->function)
		i++;
	return i;
}

const struct known_function *unsaid_function(const struct observed_sight *sight)
{
	guint own = find_own(sight);

	return own < sight->frames->len ? frame_at(sight, own)->function : NULL;
}

/* A page that comes from the disk is part of a computation: the one waits for the other. */
static bool computes(const struct observed_sight *sight)
{
	return sight->sight->syscall < 0;
}

bool unsaid_same_place(const struct observed_sight *sight, const void *other)
{
	const struct observed_sight *that = other;
	guint a = find_own(sight), b = find_own(that);

	if (sight->root != that->root || computes(sight) != computes(that))
		return false;
	if (a == sight->frames->len || b == that->frames->len)
		return a == sight->frames->len && b == that->frames->len;
	return frame_at(sight, a)->function == frame_at(that, b)->function &&
	       (computes(sight) ||
		frame_at(sight, a)->symbol.at_line == frame_at(that, b)->symbol.at_line);
}

/* The function that the time goes to: the innermost of the project, else the continuation. */
static struct observed_frame own_frame(const struct observed_sight *sight, guint own)
{
	struct observed_frame frame = {.symbol = sight->root->symbol,
				       .function = sight->root->function};

	return own < sight->frames->len ? *frame_at(sight, own) : frame;
}

static const char *sink_name(const struct observed_sight *sight, guint own)
{
	if (sight->sight->syscall == -2)
		return "computing";
	if (own > 0 && own < sight->frames->len)
		return observed_plain_name(frame_at(sight, own - 1)->symbol.name);
	return sight->sight->syscall == -1 ? "page fault" : "system call";
}

static const char *usr_of(const struct observed_frame *frame)
{
	return frame->function ? frame->function->usr : frame->symbol.name;
}

static guint definition_line(const struct observed_frame *frame)
{
	return frame->function ? frame->function->line : frame->symbol.line;
}

static void add_step(struct finding *finding, enum finding_step_kind kind,
		     const struct observed_frame *frame, guint line, char *message)
{
	struct finding_step *step = finding_add_step(finding, kind);

	step->place.file = g_strdup(observed_file(frame));
	step->place.line = MAX(line, 1);
	step->place.column = 1;
	step->function = g_strdup(frame->symbol.name);
	step->usr = g_strdup(usr_of(frame));
	step->message = message;
}

static void add_path(struct finding *finding, const struct observed_sight *sight, guint own)
{
	const struct observed_frame root = {.symbol = sight->root->symbol,
					    .function = sight->root->function};

	add_step(finding, STEP_ENTER, &root, definition_line(&root),
		 g_strdup_printf("%s() ran on an I/O thread", root.symbol.name));
	for (guint i = sight->frames->len; i-- > own + 1;) {
		const struct observed_frame *frame = frame_at(sight, i);

		if (observed_file(frame))
			add_step(finding, STEP_CALL, frame, frame->symbol.at_line,
				 g_strdup_printf("called %s()",
						 frame_at(sight, i - 1)->symbol.name));
	}
}

static void set_place(struct finding *finding, const struct observed_sight *sight,
		      const struct observed_frame *own)
{
	guint line = computes(sight) ? definition_line(own) : own->symbol.at_line;

	finding->place.file = g_strdup(observed_file(own));
	finding->place.line = MAX(line > 0 ? line : definition_line(own), 1);
	finding->place.column = 1;
}

struct finding *unsaid_finding(const struct observed_sight *sight)
{
	guint own = find_own(sight);
	struct observed_frame frame = own_frame(sight, own);
	const struct observed_function *root = sight->root;
	const char *sink = sink_name(sight, own);
	struct finding *finding;

	if (!root->symbol.name || !observed_file(&frame) || !frame.symbol.name)
		return NULL;
	finding = finding_new(STORE_DYNAMIC_RULE);
	finding->level = FINDING_NOTE;
	finding->confidence = FINDING_HIGH;
	finding->score = 1;
	finding->confidence_text = g_strdup("a run saw it");
	finding->decided = "proven";
	finding->context = "io";
	finding->root_name = g_strdup(root->symbol.name);
	finding->root_usr = g_strdup(root->function ? root->function->usr : root->symbol.name);
	finding->root_file = g_strdup(root->function ? root->function->file : root->symbol.file);
	finding->sink_name = g_strdup(sink);
	finding->sink_text = g_strdup(sink);
	finding->function_name = g_strdup(frame.symbol.name);
	finding->function_usr = g_strdup(usr_of(&frame));
	finding->message = g_strdup_printf(
		"%s in %s() held the I/O thread: %s ran for longer than its budget, and no rule "
		"says so",
		sink, frame.symbol.name, root->symbol.name);
	set_place(finding, sight, &frame);
	add_path(finding, sight, own < sight->frames->len ? own : 0);
	add_step(finding, STEP_SINK, &frame, finding->place.line,
		 g_strdup_printf("%s was seen here", sink));
	return finding;
}

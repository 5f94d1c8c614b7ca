/* Text that pretends to be a model file. What is accepted must be readable to the end, what is
 * refused must say so in one line. */
#include <string.h>

#include "analyzer/models/model.h"
#include "tests/fuzz/fuzz.h"
#include "tests/scratch.h"

static unsigned accepted;

static size_t walk_condition(const struct condition *condition)
{
	if (!condition)
		return 0;
	return strlen(condition->text) + (condition->name ? strlen(condition->name) : 0) +
	       walk_condition(condition->left) + walk_condition(condition->right);
}

/* Touches every string of a row. */
static size_t walk(const struct model_function *row)
{
	size_t size = strlen(row->name) + strlen(row->library) + walk_condition(row->waits) +
		      walk_condition(row->runs_loop_when);

	for (const char *const *alias = row->aliases; *alias; alias++)
		size += strlen(*alias);
	for (guint i = 0; i < row->continuation_count; i++)
		size += walk_condition(row->continuations[i].when);
	for (guint i = 0; i < row->sink_count; i++)
		size += walk_condition(row->sinks[i].when) +
			strlen(model_kind_name(row->sinks[i].kind));
	for (guint i = 0; i < row->effect_count; i++)
		size += walk_condition(row->effects[i].when);
	return size;
}

static const char *folder(void)
{
	static char *path;

	if (!path)
		path = scratch_new();
	return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *file = g_build_filename(folder(), "a.yaml", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(models_t) models = NULL;
	size_t letters = 0;

	g_assert_true(g_file_set_contents_full(file, (const char *)data, (gssize)size,
					       G_FILE_SET_CONTENTS_NONE, 0600, NULL));
	models = models_load((const char *const[]){folder(), NULL}, &error);
	if (!models) {
		g_assert_nonnull(error);
		return 0;
	}
	for (guint i = 0; i < models_functions(models)->len; i++)
		letters += walk(models_functions(models)->pdata[i]);
	accepted += letters > 0;
	return 0;
}

#ifndef FUZZ_LIBFUZZER

/* One of everything. */
static const char seed[] =
	"library: x\nheaders: [x.h]\npkg-config: [x]\nplatform: linux\noffload: give()\n"
	"constants: { ONE: 1, HIGH: 0x80, MINUS: -5 }\nfunctions:\n"
	"  f: { args: 3, aliases: [f64], waits: arg 0 is not 0, wait-count: 1, instead: use g(),\n"
	"    continuations: [{arg: 1, context: io, calls: once, when: 'arg 0 is \"a\"'},\n"
	"      {arg: 2, field: r.f, context: same}], loop-api: true, submits: true,\n"
	"    blocks: [{kind: wait, class: W2, duration: {arg: 1, unit: ms}, note: why},\n"
	"      {kind: compute, size-arg: 0, when: (arg 0 has ONE|HIGH or fd 1 is blocking)\n"
	"        and not handle 0 is quick and arg 2 field x lacks 1 and arg 1 <= -0x10}] }\n"
	"  g: { args: 2+, runs-loop: 'unknown \"whether\"', optional: true, sets: [\n"
	"    {fd: result, mode: nonblocking, when: arg 1 is zero time, otherwise: blocking},\n"
	"    {fds-in: 0, mode: regular}, {handle: 0, mode: quick, from-fd: 1},\n"
	"    {handle-in: 1, mode: quick, when: arg 0 is stream stdin or always}] }\n"
	"fields: { r.f: { context: signal } }\ntypedefs: { t: { context: child, calls: once } }\n";

int main(void)
{
	fuzz_mutations(seed, sizeof(seed) - 1, 5000);
	/* a target that refuses everything tests nothing */
	g_assert_cmpuint(accepted, >, 50);
	scratch_remove((char *)folder());
	return 0;
}

#endif

/* The imaginary library's model, and the road from text to program. */
#include "tests/analyzer/linked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "analyzer/paths.h"

static const char model[] =
	"library: lib\n"
	"headers: [lib.h]\n"
	"constants: { LIB_NOW: 64 }\n"
	"functions:\n"
	"  lib_register: { continuations: [{arg: 1, context: io, calls: many}] }\n"
	"  lib_offload: { continuations: [{arg: 0, context: worker, calls: once},\n"
	"                                 {arg: 1, context: io, calls: once}] }\n"
	"  lib_each: { continuations: [{arg: 1, context: same, calls: many}] }\n"
	"  lib_sleep: { blocks: {kind: wait, class: W3, when: \"not arg 0 is 0\",\n"
	"               duration: {arg: 0, unit: s}} }\n"
	"  lib_receive: { blocks: {kind: wait, class: W3, when: \"not arg 1 has LIB_NOW\"} }\n"
	"  lib_open: { blocks: {kind: sync-mode, class: W2, when: \"arg 1 is null\"} }\n"
	"  lib_implement: { continuations: [{arg: 0, field: '*', context: io, calls: many}] }\n"
	"  lib_make: { sets: [{fd: result, mode: blocking}], file: {opens: 0} }\n"
	"  lib_remove: { blocks: {kind: file-bulk, class: W2, when: not arg 0 is open} }\n"
	"  lib_wait: { waits: \"not arg 1 is 0\" }\n"
	"  lib_fork: { forks: true }\n"
	"  lib_exit: { noreturn: true }\n"
	"  lib_on_loop: { context-test: true }\n"
	"  lib_lock: { locks: {arg: 0, does: acquire}, blocks: {kind: lock} }\n"
	"  lib_share: { locks: {arg: 0, does: acquire, mode: shared}, blocks: {kind: lock} }\n"
	"  lib_try: { locks: {arg: 0, does: acquire, result: zero} }\n"
	"  lib_unlock: { locks: {arg: 0, does: release} }\n"
	"  lib_wait_with: { locks: {arg: 1, does: wait}, waits-for: 0, blocks: {kind: wait} }\n"
	"  lib_wake: { wakes: {arg: 0} }\n"
	"  lib_count: { wakes: {arg: 0, when: arg 1 is not 0} }\n"
	"fields:\n"
	"  lib_ops.ready: { context: io, calls: many }\n"
	"typedefs:\n"
	"  lib_done_cb: { context: io, calls: once }\n";

static void write_file(const struct linked *linked, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(linked->root, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);

	assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void add_unit(struct linked *linked, const char *name, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) flags = g_ptr_array_new();
	g_autofree char *path = g_build_filename(linked->root, name, NULL);
	g_autofree char *target = g_path_get_dirname(name);
	struct compdb_unit unit = {.directory = linked->root,
				   .file = path,
				   .label = (char *)name,
				   .flags = flags,
				   .target = target};
	struct facts *facts;

	write_file(linked, name, text);
	facts = extract_unit(linked->extractor, &unit, &error);
	if (!facts)
		fail_msg("%s", error->message);
	if (facts->diagnostics->len)
		fail_msg("%s: %s", name,
			 facts_string(
				 facts,
				 facts_row(facts, diagnostics, struct fact_diagnostic, 0)->text));
	g_ptr_array_add(linked->facts, facts);
}

struct linked *linked_new(const char *name, ...)
{
	struct linked *linked = g_new0(struct linked, 1);
	g_autoptr(GError) error = NULL;
	g_autofree char *models = NULL;
	va_list list;

	linked->root = g_dir_make_tmp("contlint-XXXXXX", NULL);
	linked->extractor = extractor_new(linked->root, NULL);
	linked->facts = g_ptr_array_new_with_free_func((GDestroyNotify)facts_free);
	write_file(linked, "models/lib.yaml", model);
	models = g_build_filename(linked->root, "models", NULL);
	linked->models = models_load((const char *[]){models, NULL}, &error);
	if (!linked->models)
		fail_msg("%s", error->message);
	va_start(list, name);
	for (; name; name = va_arg(list, const char *))
		add_unit(linked, name, va_arg(list, const char *));
	va_end(list);
	linked->program = program_link((struct facts *const *)linked->facts->pdata,
				       linked->facts->len, linked->models);
	return linked;
}

static void remove_tree(const char *path)
{
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		remove_tree(child);
	}
	if (folder)
		g_dir_close(folder);
	(void)g_remove(path);
}

void linked_free(struct linked *linked)
{
	program_free(linked->program);
	models_free(linked->models);
	g_ptr_array_free(linked->facts, TRUE);
	extractor_free(linked->extractor);
	remove_tree(linked->root);
	g_free(linked->root);
	g_free(linked);
}

uint32_t linked_function(const struct linked *linked, const char *name)
{
	guint count;
	g_autofree uint32_t *found = program_functions_named(linked->program, name, &count);

	if (count != 1)
		fail_msg("%u functions are called %s", count, name);
	return found[0];
}

uint32_t linked_contexts(const struct linked *linked, const char *name)
{
	return linked->program->functions[linked_function(linked, name)].contexts;
}

guint linked_sinks(const struct linked *linked, const char *function, uint32_t *ret_verdict)
{
	const GArray *sites = paths_sinks(linked->program);
	uint32_t id = linked_function(linked, function);
	guint count = 0;

	for (guint i = 0; i < sites->len; i++) {
		const struct sink_site *site = &g_array_index(sites, struct sink_site, i);
		const struct path *path =
			site->function == id ? paths_best(linked->program, site) : NULL;

		if (!path)
			continue;
		count++;
		if (ret_verdict)
			*ret_verdict = path->verdict;
	}
	return count;
}

double linked_certainty(const struct linked *linked, const char *function)
{
	const GArray *sites = paths_sinks(linked->program);
	uint32_t id = linked_function(linked, function);

	for (guint i = 0; i < sites->len; i++) {
		const struct sink_site *site = &g_array_index(sites, struct sink_site, i);

		if (site->function == id)
			return paths_best(linked->program, site)->call_certainty;
	}
	fail_msg("%s has no sink", function);
	return 0;
}

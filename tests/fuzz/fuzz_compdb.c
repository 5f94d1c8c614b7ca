/* Text that pretends to be a compile database, and a compiler command. What passes the flag table
 * once must pass it again unchanged: a flag that hides behind another would not. */
#include <string.h>

#include "analyzer/units/command_line.h"
#include "analyzer/units/compdb.h"
#include "tests/fuzz/fuzz.h"
#include "tests/scratch.h"

static unsigned accepted;

static const char *folder(void)
{
	static char *path;

	if (!path)
		path = scratch_new();
	return path;
}

/* Cleans `flags` again and compares. */
static void check_flags(const GPtrArray *flags)
{
	g_autoptr(GHashTable) refusals = command_refusals_new();
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(command_line_t) again = NULL;

	g_ptr_array_add(argv, (gpointer) "cc");
	for (guint i = 0; i < flags->len; i++) {
		/* -x is taken out and put at the end; a value may look like a response file */
		if (strcmp(flags->pdata[i], "-x") == 0 || ((char *)flags->pdata[i])[0] == '@')
			return;
		g_ptr_array_add(argv, flags->pdata[i]);
	}
	g_ptr_array_add(argv, NULL);
	again = command_line_parse((char *const *)argv->pdata, folder(), folder(), refusals);
	g_assert_cmpuint(g_hash_table_size(refusals), ==, 0);
	g_assert_cmpuint(again->flags->len, ==, flags->len);
	for (guint i = 0; i < flags->len; i++)
		g_assert_cmpstr(again->flags->pdata[i], ==, flags->pdata[i]);
}

static void try_database(const uint8_t *data, size_t size)
{
	g_autofree char *file = g_build_filename(folder(), "compile_commands.json", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;

	g_assert_true(g_file_set_contents_full(file, (const char *)data, (gssize)size,
					       G_FILE_SET_CONTENTS_NONE, 0600, NULL));
	compdb = compdb_load(folder(), folder(), &error);
	g_assert_true((compdb == NULL) == (error != NULL));
	for (guint i = 0; compdb && i < compdb->units->len; i++)
		check_flags(((struct compdb_unit *)compdb->units->pdata[i])->flags);
	accepted += compdb != NULL;
}

static void try_command(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(GHashTable) refusals = command_refusals_new();
	g_autoptr(command_line_t) command = NULL;
	g_auto(GStrv) argv = NULL;

	if (!g_shell_parse_argv(text, NULL, &argv, NULL))
		return;
	command = command_line_parse(argv, folder(), folder(), refusals);
	check_flags(command->flags);
	(void)command_line_language(command, argv[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == '[')
		try_database(data, size);
	else
		try_command(data, size);
	return 0;
}

#ifndef FUZZ_LIBFUZZER

static const char database[] =
	"[{\"directory\":\"src\",\"file\":\"a.c\",\"output\":\"CMakeFiles/x.dir/a.o\",\"command\":"
	"\"ccache aarch64-linux-gnu-gcc-12 -Wp,-DX,-MD @f.rsp -Xclang -load -Xclang x "
	"'-DA=\\\"b\\\"' -o x -c a.c && y\"},"
	"{\"directory\":\"/\",\"file\":\"b.c\",\"arguments\":[\"cc\",\"-I\",\"-B\",\"-x\",\"c\"]}]";

static const char command[] =
	"env A=b nice -n 5 ccache x86_64-linux-gnu-gcc-12 -Xclang -load -Xclang x.so -Wp,-MD,x "
	"-fplugin=x -Bx -I -fplugin=y -include -B -D X -isystem -Xclang -target -wrapper "
	"--config x -mavx2 -fno-builtin -std=c99 -x c -Xpreprocessor -include-pch -ox -- a.c";

int main(void)
{
	fuzz_mutations(database, sizeof(database) - 1, 4000);
	fuzz_mutations(command, sizeof(command) - 1, 8000);
	/* a target that refuses everything tests nothing */
	g_assert_cmpuint(accepted, >, 50);
	scratch_remove((char *)folder());
	return 0;
}

#endif

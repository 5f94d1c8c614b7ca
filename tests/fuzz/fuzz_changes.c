/* Text that pretends to be a diff, and to be a line filter. */
#include <string.h>

#include "reports/filter.h"
#include "tests/fuzz/fuzz.h"

static unsigned accepted;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(changes_t) changes = changes_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) problem = NULL;
	struct filter filter = {0};

	if (changes_add(changes, "x", text, size % 2 ? "src/" : NULL, &error))
		accepted += changes_touch(changes, size % 2 ? "a.c" : "src/a.c", 1, G_MAXUINT);
	else
		g_assert_nonnull(error);
	if (!filter_read_lines(&filter, text, &problem))
		g_assert_nonnull(problem);
	filter_clear(&filter);
	return 0;
}

#ifndef FUZZ_LIBFUZZER

static const char diff[] = "diff --git a/src/a.c b/src/a.c\n--- a/src/a.c\n+++ b/src/a.c\n"
			   "@@ -3,4 +3,4 @@ int f(void)\n {\n-\told();\n+\tnew();\n }\n-\n+x\n"
			   "--- \"a/\\303\\244.c\"\n+++ \"b/\\303\\244.c\"\n@@ -1 +0,0 @@\n-x\n";
static const char lines[] = "[{\"name\":\"a.c\",\"lines\":[[1,3],[7,7]]},{\"name\":\"b.h\"}]";

int main(void)
{
	fuzz_mutations(diff, sizeof(diff) - 1, 5000);
	/* a target that refuses everything tests nothing */
	g_assert_cmpuint(accepted, >, 50);
	fuzz_mutations(lines, sizeof(lines) - 1, 5000);
	return 0;
}

#endif

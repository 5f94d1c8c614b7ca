/* Bytes that pretend to be facts. The checksum is made right first, or nothing would get past it.
 * What is accepted must be printable (which follows every index) and encode to the same bytes. */
#include <string.h>
#include <xxhash.h>

#include "analyzer/extract/extract.h"
#include "analyzer/facts.h"
#include "analyzer/facts_tables.h"
#include "tests/fuzz/fuzz.h"
#include "tests/scratch.h"

static unsigned accepted;

static void use(const struct facts *facts, const void *data, size_t size)
{
	GString *out = g_string_new(NULL);
	GBytes *again = facts_encode(facts);

	facts_print(facts, out);
	g_assert_cmpmem(data, size, g_bytes_get_data(again, NULL), g_bytes_get_size(again));
	g_bytes_unref(again);
	g_string_free(out, TRUE);
	accepted++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree uint8_t *copy = g_memdup2(data, size);
	g_autoptr(GError) error = NULL;
	g_autoptr(facts_t) facts = NULL;

	if (size >= sizeof(struct facts_header)) {
		uint64_t checksum =
			XXH3_64bits(copy + FACTS_CHECKED_FROM, size - FACTS_CHECKED_FROM);

		memcpy(copy + offsetof(struct facts_header, checksum), &checksum, 8);
	}
	facts = facts_decode(copy, size, "fuzz", &error);
	if (facts)
		use(facts, copy, size);
	else
		g_assert_nonnull(error);
	return 0;
}

#ifndef FUZZ_LIBFUZZER

/* One of everything. */
static const char source[] =
	"typedef void (*cb_t)(int);\n"
	"struct ops { cb_t one; struct { cb_t deep; } in; struct ops *next; int fd; };\n"
	"void g(int); int n(void); static struct ops table[2] = { { g }, { .in.deep = g } };\n"
	"__attribute__((annotate(\"contlint::budget_us=5\"))) int f(struct ops *o, cb_t c, int a)\n"
	"{ int i; for (i = 0; i < 10 && a; i++) { if (a || n()) o->one(i); else continue; }\n"
	"switch (a) { case 1 ... 3: goto out; default: break; } o->in.deep = a ? c : g;\n"
	"while (o) { o = o->next; a |= table[i].fd; } out: (void)c; return \"text\"[n()]; }\n"
	"// NOLINT(contlint-blocking-dns): reason\nint broken = oops;\n";

static GBytes *seed(void)
{
	char *root = scratch_new();
	struct extractor *extractor = extractor_new(root, NULL);
	g_autofree char *file = scratch_write_bytes(root, "a.c", source, sizeof(source) - 1);
	g_autoptr(GPtrArray) flags = g_ptr_array_new();
	struct compdb_unit unit = {.directory = root,
				   .file = file,
				   .label = (char *)"a.c",
				   .flags = flags,
				   .target = (char *)"app"};
	g_autoptr(facts_t) facts = extract_unit(extractor, &unit, NULL);
	GBytes *bytes;

	g_assert_nonnull(facts);
	bytes = facts_encode(facts);
	extractor_free(extractor);
	scratch_remove(root);
	return bytes;
}

int main(void)
{
	g_autoptr(GBytes) bytes = seed();

	fuzz_mutations(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), 20000);
	/* a target that refuses everything tests nothing */
	g_assert_cmpuint(accepted, >, 100);
	return 0;
}

#endif

/* Facts of small pieces of C, for tests: the source is written to a folder of its own, extracted,
 * encoded and decoded, so that what extraction makes is also what decoding accepts. Header only. */
#ifndef CONTLINT_TESTS_EXTRACTED_H
#define CONTLINT_TESTS_EXTRACTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/extract/extract.h"
#include "tests/scratch.h"

struct extracted {
	char *root;
	struct extractor *extractor;
};

static inline int extracted_setup(void **state)
{
	struct extracted *extracted = g_new0(struct extracted, 1);

	extracted->root = scratch_new();
	extracted->extractor = extractor_new(extracted->root, NULL);
	*state = extracted;
	return 0;
}

static inline int extracted_teardown(void **state)
{
	struct extracted *extracted = *state;

	extractor_free(extracted->extractor);
	scratch_remove(extracted->root);
	g_free(extracted);
	return 0;
}

/* FOLDER/NAME as it stands, with `flags` (blank-separated). NULL and `error` as extract_unit(). */
static inline struct facts *extracted_file(struct extracted *extracted, const char *name,
					   const char *flags, GError **error)
{
	g_autofree char *file = g_build_filename(extracted->root, name, NULL);
	g_auto(GStrv) words = g_strsplit(flags, " ", -1);
	g_autoptr(GPtrArray) array = g_ptr_array_new();
	struct compdb_unit unit = {.directory = extracted->root,
				   .file = file,
				   .label = (char *)name,
				   .flags = array,
				   .target = (char *)"app"};

	for (char **word = words; *word; word++)
		if (**word)
			g_ptr_array_add(array, *word);
	return extract_unit(extracted->extractor, &unit, error);
}

/* `facts` after a trip through bytes; takes them. */
static inline struct facts *extracted_trip(struct facts *facts)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	struct facts *back;

	assert_non_null(facts);
	bytes = facts_encode(facts);
	back = facts_decode(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "trip", &error);
	if (!back)
		print_error("%s\n", error->message);
	assert_non_null(back);
	facts_free(facts);
	return back;
}

/* Facts of `source` as a.c. Caller frees. */
static inline struct facts *extracted_source(struct extracted *extracted, const char *source)
{
	g_autoptr(GError) error = NULL;

	scratch_write(extracted->root, "a.c", source);
	return extracted_trip(extracted_file(extracted, "a.c", "", &error));
}

static inline char *extracted_print(const struct facts *facts)
{
	GString *out = g_string_new(NULL);

	facts_print(facts, out);
	return g_string_free(out, FALSE);
}

/* "    12  a.c:3:1 <- a.c:1:9  call &f()  `f ( )`" -> "call &f()" */
static inline char *extracted_event(const char *line)
{
	const char *number = line + strspn(line, " ");
	const char *place = number + strspn(number, "0123456789") + 2;
	const char *event = strstr(place, "  ");
	const char *text;

	assert_non_null(event);
	event += 2;
	text = strstr(event + strspn(event, " "), "  `");
	return text ? g_strndup(event, text - event) : g_strdup(event);
}

/* The events of `function` (or of "file scope") as facts_print() shows them, without numbers,
 * places and texts. Caller frees. */
static inline char *extracted_events(const struct facts *facts, const char *function)
{
	g_autofree char *printed = extracted_print(facts);
	g_auto(GStrv) lines = g_strsplit(printed, "\n", -1);
	g_autofree char *head = g_strconcat("function ", function, "  ", NULL);
	GString *out = g_string_new(NULL);
	bool inside = false;

	for (char **line = lines; *line; line++) {
		if (inside && **line == '\0')
			break;
		if (g_str_has_prefix(*line, head) || strcmp(*line, function) == 0)
			inside = true;
		else if (inside && g_str_has_prefix(*line, "    ")) {
			g_autofree char *event = extracted_event(*line);

			g_string_append_printf(out, "%s\n", event);
		}
	}
	assert_true(inside);
	return g_string_free(out, FALSE);
}

/* Compares the events of `f` in `source`. */
static inline void assert_events(void **state, const char *source, const char *expected)
{
	g_autoptr(facts_t) facts = extracted_source(*state, source);
	g_autofree char *events = extracted_events(facts, "f");

	assert_string_equal(events, expected);
}

/* Compares the file scope's events. */
static inline void assert_file_scope(void **state, const char *source, const char *expected)
{
	g_autoptr(facts_t) facts = extracted_source(*state, source);
	g_autofree char *events = extracted_events(facts, "file scope");

	assert_string_equal(events, expected);
}

static inline const struct fact_symbol *extracted_symbol(const struct facts *facts,
							 const char *name)
{
	for (guint i = 0; i < facts->symbols->len; i++) {
		const struct fact_symbol *symbol = facts_row(facts, symbols, struct fact_symbol, i);

		if (strcmp(facts_string(facts, symbol->name), name) == 0)
			return symbol;
	}
	fail_msg("no symbol %s", name);
	return NULL;
}

#define extracted_test(name)                                                                       \
	cmocka_unit_test_setup_teardown(name, extracted_setup, extracted_teardown)

#endif

/* "Did you mean": which mistakes are recognised and which words are left alone. */
#include "analyzer/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const words[] = {"continuations", "context", "calls", "io", "file-bulk", NULL};

static void a_mistyped_word_finds_its_neighbour(void **state)
{
	static const char *const pairs[][2] = {
		{"continuation", "continuations"}, /* a letter missing */
		{"contextt", "context"},           /* one too many */
		{"cantext", "context"},            /* another */
		{"clals", "calls"},                /* two swapped */
		{"clls", "calls"},
		{"cont", "continuations"}, /* its beginning */
		{"oi", "io"},
		{"Context", "context"},
		{"file_bulk", "file-bulk"},
		{"filebulk", "file-bulk"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_string_equal(nearest_word(pairs[i][0], words), pairs[i][1]);
}

static void another_word_finds_nothing(void **state)
{
	assert_null(nearest_word("banana", words));
	assert_null(nearest_word("x", words));
	assert_null(nearest_word("zz", words));
	assert_null(nearest_word("", words));
	assert_null(nearest_word("calls", (const char *const[]){NULL}));
}

static void the_nearer_of_two_wins(void **state)
{
	static const char *const near[] = {"recvfrom", "recvmsg", "recv", NULL};

	assert_string_equal(nearest_word("recvmgs", near), "recvmsg");
	assert_string_equal(nearest_word("recw", near), "recv");
}

static void a_very_long_word_is_not_compared(void **state)
{
	char text[5000];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_null(nearest_word(text, words));
	assert_null(nearest_word("io", (const char *const[]){text, NULL}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mistyped_word_finds_its_neighbour),
		cmocka_unit_test(another_word_finds_nothing),
		cmocka_unit_test(the_nearer_of_two_wins),
		cmocka_unit_test(a_very_long_word_is_not_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

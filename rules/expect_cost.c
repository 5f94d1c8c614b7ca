/* Costs that fixtures expect: reading them, and comparing them with what functions cost. */
#include "rules/expect_cost.h"

#include "analyzer/costs/cost.h"
#include "rules/expect.h"

#include <string.h>

#define BLANKS " \t\r"
#define DIGITS "0123456789"
#define MAX_DIGITS 15 /* that a double holds without loss */
#define WORD G_CSET_a_2_z G_CSET_A_2_Z DIGITS "_->[]"

/* ---- one order for the same cost ---------------------------------------------------------- */

static int compare_texts(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *texts_new(void)
{
	return g_ptr_array_new_with_free_func(g_free);
}

/* The texts (char *) in order with `between` them. */
static char *join(GPtrArray *texts, const char *between)
{
	GString *joined = g_string_new(NULL);

	g_ptr_array_sort(texts, compare_texts);
	for (guint i = 0; i < texts->len; i++) {
		g_string_append(joined, i == 0 ? "" : between);
		g_string_append(joined, g_ptr_array_index(texts, i));
	}
	return g_string_free(joined, FALSE);
}

/* ---- reading ------------------------------------------------------------------------------ */

static void skip_blanks(const char **text)
{
	*text += strspn(*text, BLANKS);
}

static bool skip_sign(const char **text, char sign)
{
	skip_blanks(text);
	if (**text != sign)
		return false;
	*text += 1;
	skip_blanks(text);
	return true;
}

static bool read_number(const char **text, double *ret_number)
{
	size_t count = strspn(*text, DIGITS);

	if (count == 0 || count > MAX_DIGITS)
		return false;
	*ret_number = (double)g_ascii_strtoull(*text, NULL, 10);
	*text += count;
	return true;
}

/* "500..1500"; only once. */
static bool read_range(struct expect_cost *expected, const char **text)
{
	if (expected->bounded || !read_number(text, &expected->least) ||
	    !g_str_has_prefix(*text, ".."))
		return false;
	*text += strlen("..");
	expected->bounded = true;
	return read_number(text, &expected->most) && expected->least <= expected->most;
}

/* How long the brackets are that `text` begins with; 0 if they are empty or not closed. */
static size_t brackets_size(const char *text)
{
	int depth = 0;

	for (size_t i = 0; text[i] != '\0'; i++) {
		depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
		if (depth == 0)
			return i > 1 ? i + 1 : 0;
	}
	return 0;
}

static bool read_size(const char **text, GPtrArray *sizes)
{
	size_t size = **text == '(' ? brackets_size(*text) : strspn(*text, WORD);

	if (size == 0)
		return false;
	g_ptr_array_add(sizes, g_strndup(*text, size));
	*text += size;
	return true;
}

/* "n * m" */
static bool read_product(const char **text, GPtrArray *products)
{
	g_autoptr(GPtrArray) sizes = texts_new();

	do {
		if (!read_size(text, sizes))
			return false;
	} while (skip_sign(text, '*'));
	g_ptr_array_add(products, join(sizes, " * "));
	return true;
}

struct expect_cost *expect_cost_parse(const char *text)
{
	g_autoptr(expect_cost_t) expected = g_new0(struct expect_cost, 1);
	g_autoptr(GPtrArray) products = texts_new();

	expected->text = g_strstrip(g_strdup(text));
	skip_blanks(&text);
	do {
		if (!(g_ascii_isdigit(*text) ? read_range(expected, &text)
					     : read_product(&text, products)))
			return NULL;
	} while (skip_sign(&text, '+'));
	if (*text != '\0')
		return NULL;
	expected->growth = join(products, " + ");
	return g_steal_pointer(&expected);
}

void expect_cost_free(struct expect_cost *expected)
{
	if (!expected)
		return;
	g_free(expected->text);
	g_free(expected->growth);
	g_free(expected);
}

/* ---- what a function costs ---------------------------------------------------------------- */

static char *size_name(const struct costs *costs, const struct cost_term *term, uint32_t i)
{
	g_autofree char *text = cost_size_text(costs, term->factors[i].size);
	bool sorted = term->sorting && i + 1 == term->count;

	if (!term->factors[i].nested && !sorted && !g_ascii_isdigit(*text) &&
	    text[strspn(text, WORD)] == '\0')
		return g_steal_pointer(&text);
	return g_strdup_printf("(%s%s%s)", term->factors[i].nested ? "of each: " : "", text,
			       sorted ? " sorted" : "");
}

/* Are all texts of `less` in `more`, each as often? Both are in order. */
static bool is_within(const GPtrArray *less, const GPtrArray *more)
{
	guint found = 0;

	for (guint i = 0; found < less->len && i < more->len; i++)
		found += g_str_equal(g_ptr_array_index(less, found), g_ptr_array_index(more, i));
	return found == less->len;
}

/* Does another term outgrow the term `k`, or say the same before it? */
static bool is_outgrown(const GPtrArray *terms, guint k)
{
	const GPtrArray *term = g_ptr_array_index(terms, k);

	for (guint i = 0; i < terms->len; i++) {
		const GPtrArray *other = g_ptr_array_index(terms, i);

		if (i != k && is_within(term, other) && (other->len > term->len || i < k))
			return true;
	}
	return false;
}

static void add_words(GPtrArray *terms, const char *words)
{
	GPtrArray *term = texts_new();

	g_ptr_array_add(term, g_strdup(words));
	g_ptr_array_add(terms, term);
}

/* The sizes of each term (GPtrArray of char *, in order), the constant one left out. */
static GPtrArray *growing_terms(const struct costs *costs, const struct cost *cost)
{
	GPtrArray *terms = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

	for (uint32_t i = 0; i < cost->count; i++) {
		const struct cost_term *term = &cost->terms[i];
		GPtrArray *sizes;

		if (term->units <= 0 || term->count == 0)
			continue;
		sizes = texts_new();
		for (uint32_t k = 0; k < term->count; k++)
			g_ptr_array_add(sizes, size_name(costs, term, k));
		g_ptr_array_sort(sizes, compare_texts);
		g_ptr_array_add(terms, sizes);
	}
	if (cost->recursive || cost->calls_recursive)
		add_words(terms, "(an unknown depth of recursion)");
	if (cost->cut)
		add_words(terms, "(what was left out)");
	return terms;
}

static char *growth_of(const struct costs *costs, const struct cost *cost)
{
	g_autoptr(GPtrArray) terms = growing_terms(costs, cost);
	g_autoptr(GPtrArray) products = texts_new();

	for (guint i = 0; i < terms->len; i++)
		if (!is_outgrown(terms, i))
			g_ptr_array_add(products, join(g_ptr_array_index(terms, i), " * "));
	return join(products, " + ");
}

/* ---- comparing ---------------------------------------------------------------------------- */

/* The function that begins on the line; PROGRAM_NONE, and how many do, if that is not one. */
static uint32_t function_at(const struct program *program, const char *file, guint line,
			    guint *ret_count)
{
	uint32_t found = PROGRAM_NONE;

	*ret_count = 0;
	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct program_function *function = &program->functions[i];

		if (function->line != line || g_strcmp0(function->file, file) != 0)
			continue;
		found = i;
		*ret_count += 1;
	}
	return *ret_count == 1 ? found : PROGRAM_NONE;
}

/* What is wrong with an expectation of `function`, or NULL: it holds. */
static char *difference(const struct expect_cost *expected, const struct program *program,
			uint32_t function)
{
	const struct costs *costs = program_costs(program);
	const struct cost *cost = cost_of(costs, function);
	g_autofree char *growth = growth_of(costs, cost);
	double rest = cost->terms[0].units;

	if (g_str_equal(growth, expected->growth) &&
	    (!expected->bounded || (rest >= expected->least && rest <= expected->most)))
		return NULL;
	return g_strdup_printf("%s() costs %s%s%.10g, expected %s",
			       program->functions[function].name, growth,
			       growth[0] == '\0' ? "" : " + ", rest, expected->text);
}

static bool check_one(const char *file, const struct expect_cost *expected,
		      const struct program *program, GPtrArray *problems)
{
	guint count;
	uint32_t function = function_at(program, file, expected->line, &count);
	g_autofree char *problem =
		function == PROGRAM_NONE
			? g_strdup_printf("expected a cost of %s, but %s begins on this line",
					  expected->text,
					  count == 0 ? "no function" : "more than one function")
			: difference(expected, program, function);

	if (!problem)
		return true;
	g_ptr_array_add(problems, g_strdup_printf("%s:%u: %s", file, expected->line, problem));
	return false;
}

guint expect_cost_compare(const GPtrArray *files, const struct program *program,
			  GPtrArray *problems)
{
	guint held = 0;

	for (guint i = 0; i < files->len; i++) {
		const struct expect_file *file = g_ptr_array_index(files, i);

		for (guint k = 0; k < file->costs->len; k++)
			held += check_one(file->name, g_ptr_array_index(file->costs, k), program,
					  problems);
	}
	return held;
}

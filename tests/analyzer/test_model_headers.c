/* What the models say of one library, compared with the library's own headers: that a function is
 * there, how many arguments it takes, that a continuation's argument is a pointer to a function,
 * that fields and typedefs are those of functions, and the numbers of constants.
 *
 *	test_model_headers LIBRARY
 *
 * It writes a C file of one line a question and reads the compiler's answers: a wrong argument
 * count, or the type that was expected in place of a `struct probe`. Exit 77 where the headers or
 * the compiler are not installed. */
#include <glib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/models/model.h"

enum question_kind {
	QUESTION_THERE,    /* no "undeclared" */
	QUESTION_COUNT,    /* neither too few nor too many */
	QUESTION_TOO_FEW,  /* one argument less is too few */
	QUESTION_TOO_MANY, /* one argument more is too many */
	QUESTION_CALLABLE, /* the expected type is a pointer to function */
	QUESTION_POINTER,  /* the expected type is a pointer to data */
	QUESTION_EQUAL,    /* the assertion holds */
};

struct question {
	enum question_kind kind;
	char *subject; /* for messages: "uv.yaml:12: uv_read_start, argument 3" */
	bool optional;
	unsigned alternative; /* questions with the same number: one good answer is enough; or 0 */
	GString *answer;      /* what the compiler said of this line; empty if nothing */
};

struct probe {
	GString *text;
	GArray *questions; /* line -> struct question; `first_line` is that of the first */
	unsigned first_line;
};

static void ask(struct probe *probe, enum question_kind kind, bool optional, unsigned alternative,
		char *subject, const char *format, ...) G_GNUC_PRINTF(6, 7);

/* Takes `subject`. */
static void ask(struct probe *probe, enum question_kind kind, bool optional, unsigned alternative,
		char *subject, const char *format, ...)
{
	struct question question = {kind, subject, optional, alternative, g_string_new(NULL)};
	va_list list;

	va_start(list, format);
	g_string_append_printf(probe->text,
			       "static void question_%u(void) { struct probe p = {0}; ",
			       probe->questions->len);
	g_string_append_vprintf(probe->text, format, list);
	g_string_append(probe->text, "; (void)p; }\n");
	va_end(list);
	g_array_append_val(probe->questions, question);
}

/* "0, 0, p, 0": `count` arguments with the probe at `position`, or nowhere if negative. */
static char *arguments(unsigned count, int position)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < count; i++)
		g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
				       (int)i == position ? "p" : "0");
	return g_string_free(text, FALSE);
}

static char *place(const char *file, unsigned line, const char *name)
{
	const char *slash = strrchr(file, '/');

	return g_strdup_printf("%s:%u: %s", slash ? slash + 1 : file, line, name);
}

static void ask_call(struct probe *probe, const struct model_function *row, enum question_kind kind,
		     unsigned count)
{
	g_autofree char *text = arguments(count, -1);

	ask(probe, kind, row->optional, 0, place(row->file, row->line, row->name), "(%s)(%s)",
	    row->name, text);
}

/* The record may be a tag or the name of a typedef. */
static void ask_field(struct probe *probe, const char *file, unsigned line, const char *record,
		      const char *field)
{
	g_autofree char *name = g_strdup_printf("%s.%s", record, field);
	unsigned alternative = probe->questions->len + 1;

	ask(probe, QUESTION_CALLABLE, false, alternative, place(file, line, name),
	    "((struct %s *)0)->%s = p", record, field);
	ask(probe, QUESTION_CALLABLE, false, alternative, place(file, line, name),
	    "((%s *)0)->%s = p", record, field);
}

/* What must live on is pointed to, and so is what is freed, completed or announced. */
static void ask_contract(struct probe *probe, const struct model_function *row)
{
	const struct model_contract *c = &row->contract;
	const int pointers[] = {c->frees,     c->completes, c->releases,
				c->announces, c->retracts,  c->status_in};
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(int));

	g_array_append_vals(all, pointers, G_N_ELEMENTS(pointers));
	for (guint i = 0; i < c->keep_count; i++)
		g_array_append_val(all, c->keeps[i].arg);
	for (guint i = 0; i < all->len; i++) {
		int arg = g_array_index(all, int, i);
		g_autofree char *text = arguments(row->arg_count, arg);
		g_autofree char *name = g_strdup_printf("%s, argument %d", row->name, arg);

		if (arg >= 0)
			ask(probe, QUESTION_POINTER, row->optional, 0,
			    place(row->file, row->line, name), "(%s)(%s)", row->name, text);
	}
}

/* Parentheses around the name keep macros of functions away, and make an unknown name an error. */
static void ask_function(struct probe *probe, const struct model_function *row)
{
	if (row->arg_count == G_MAXUINT) {
		ask(probe, QUESTION_THERE, row->optional, 0, place(row->file, row->line, row->name),
		    "(void)(%s)", row->name);
		return;
	}
	ask_call(probe, row, QUESTION_COUNT, row->arg_count);
	ask_call(probe, row, row->variadic ? QUESTION_COUNT : QUESTION_TOO_MANY,
		 row->arg_count + 1);
	if (row->variadic && row->arg_count > 0)
		ask_call(probe, row, QUESTION_TOO_FEW, row->arg_count - 1);
	ask_contract(probe, row);
	for (guint i = 0; i < row->continuation_count; i++) {
		const struct model_continuation *c = &row->continuations[i];
		g_autofree char *text = arguments(row->arg_count, c->arg);
		g_autofree char *name = g_strdup_printf("%s, argument %d", row->name, c->arg);

		if (c->field && strcmp(c->field, "*") != 0) {
			g_auto(GStrv) parts = g_strsplit(c->field, ".", 2);

			ask_field(probe, row->file, row->line, parts[0], parts[1]);
		}
		if (!c->field && (unsigned)c->arg < row->arg_count)
			ask(probe, QUESTION_CALLABLE, row->optional, 0,
			    place(row->file, row->line, name), "(%s)(%s)", row->name, text);
	}
}

static void ask_constant(struct probe *probe, const struct model_constant *row)
{
	char *subject = g_strdup_printf("constant %s, %" PRId64, row->name, row->number);

	if (row->number == INT64_MIN)
		ask(probe, QUESTION_EQUAL, false, 0, subject,
		    "_Static_assert((long long)(%s) == -0x7fffffffffffffffLL - 1, \"\")",
		    row->name);
	else
		ask(probe, QUESTION_EQUAL, false, 0, subject,
		    "_Static_assert((long long)(%s) == %" PRId64 "LL, \"\")", row->name,
		    row->number);
}

static void ask_all(struct probe *probe, const struct models *models, const char *library)
{
	for (guint i = 0; i < models_functions(models)->len; i++) {
		const struct model_function *row = models_functions(models)->pdata[i];

		if (strcmp(row->library, library) == 0)
			ask_function(probe, row);
	}
	for (guint i = 0; i < models_fields(models)->len; i++) {
		const struct model_field *row = models_fields(models)->pdata[i];

		if (strcmp(row->library, library) == 0)
			ask_field(probe, row->file, row->line, row->record, row->field);
	}
	for (guint i = 0; i < models_typedefs(models)->len; i++) {
		const struct model_typedef *row = models_typedefs(models)->pdata[i];

		if (strcmp(row->library, library) == 0)
			ask(probe, QUESTION_CALLABLE, false, 0,
			    place(row->file, row->line, row->name), "%s *x = 0; *x = p", row->name);
	}
	for (guint i = 0; i < models_constants(models)->len; i++) {
		const struct model_constant *row = models_constants(models)->pdata[i];

		if (strcmp(row->library, library) == 0)
			ask_constant(probe, row);
	}
}

/* A macro `sa_handler` for `__sigaction_handler.sa_handler` would hide the field itself. */
static void remove_macros(struct probe *probe, const struct models *models, const char *library)
{
	for (guint i = 0; i < models_fields(models)->len; i++) {
		const struct model_field *row = models_fields(models)->pdata[i];
		const char *dot = strrchr(row->field, '.');

		if (dot && strcmp(row->library, library) == 0)
			g_string_append_printf(probe->text, "#undef %s\n", dot + 1);
	}
}

static void write_prologue(struct probe *probe, const struct models *models,
			   const struct model_library *library)
{
	const char *const *headers = library->headers;

	g_string_append(probe->text, "#define _GNU_SOURCE 1\n#define _WIN32_WINNT 0x0A00\n");
	for (const char *const *define = library->defines; *define; define++) {
		g_auto(GStrv) parts = g_strsplit(*define, "=", 2);

		g_string_append_printf(probe->text, "#define %s %s\n", parts[0],
				       parts[1] ? parts[1] : "");
	}
	for (; *headers; headers++)
		g_string_append_printf(probe->text,
				       "#if __has_include(<%s>)\n#include <%s>\n#endif\n", *headers,
				       *headers);
	remove_macros(probe, models, library->name);
	g_string_append(probe->text, "struct probe { int nothing; };\n");
	probe->first_line = 1;
	for (const char *c = probe->text->str; *c; c++)
		probe->first_line += *c == '\n';
}

/* Gives each question the errors that begin on its line, with the notes that follow them. */
static void sort_answers(struct probe *probe, const char *output)
{
	g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
	struct question *current = NULL;

	for (char **line = lines; *line; line++) {
		const char *at = strstr(*line, "probe.c:");
		unsigned number = at ? (unsigned)strtoul(at + strlen("probe.c:"), NULL, 10) : 0;

		if (strstr(*line, "error:"))
			current = number >= probe->first_line &&
						  number - probe->first_line < probe->questions->len
					  ? &g_array_index(probe->questions, struct question,
							   number - probe->first_line)
					  : NULL;
		if (current)
			g_string_append_printf(current->answer, "%s\n", *line);
	}
}

static bool is_absent(const char *answer)
{
	return strstr(answer, "undeclared") || strstr(answer, "unknown type name") ||
	       strstr(answer, "incomplete") || strstr(answer, "undefined");
}

static bool is_good(const struct question *question)
{
	const char *answer = question->answer->str;
	bool few = strstr(answer, "too few arguments") != NULL;
	bool many = strstr(answer, "too many arguments") != NULL;

	if (is_absent(answer))
		return question->optional;
	switch (question->kind) {
	case QUESTION_THERE:
		return true;
	case QUESTION_COUNT:
		return !few && !many;
	case QUESTION_TOO_FEW:
		return few;
	case QUESTION_TOO_MANY:
		return many;
	case QUESTION_CALLABLE:
		return strstr(answer, "(*") || strstr(answer, "function type") ||
		       strstr(answer, "lvalue required") || strstr(answer, "not assignable");
	case QUESTION_POINTER:
		return strstr(answer, "*'") != NULL;
	case QUESTION_EQUAL:
		return answer[0] == 0;
	}
	return false;
}

static bool alternative_is_good(const struct probe *probe, unsigned alternative)
{
	for (guint i = 0; alternative && i < probe->questions->len; i++) {
		const struct question *other = &g_array_index(probe->questions, struct question, i);

		if (other->alternative == alternative && is_good(other))
			return true;
	}
	return false;
}

static const char *const sentences[] = {
	[QUESTION_THERE] = "is not in the header",
	[QUESTION_COUNT] = "does not take as many arguments as the model says",
	[QUESTION_TOO_FEW] = "takes fewer arguments than the model says",
	[QUESTION_TOO_MANY] = "takes more arguments than the model says",
	[QUESTION_CALLABLE] = "is no pointer to a function",
	[QUESTION_POINTER] = "is no pointer to data",
	[QUESTION_EQUAL] = "has another value in the header",
};

/* Prints every bad answer; the number of them. */
static unsigned judge(const struct probe *probe, const char *library)
{
	unsigned bad = 0, absent = 0;

	for (guint i = 0; i < probe->questions->len; i++) {
		const struct question *question =
			&g_array_index(probe->questions, struct question, i);

		absent += question->optional && question->kind == QUESTION_COUNT &&
			  is_absent(question->answer->str);
		if (is_good(question) || alternative_is_good(probe, question->alternative))
			continue;
		bad++;
		g_print("%s: %s\n%s", question->subject,
			is_absent(question->answer->str) ? "is not in the header"
							 : sentences[question->kind],
			question->answer->str);
	}
	g_print("%s: %u questions to the headers, %u bad answers, %u optional functions absent\n",
		library, probe->questions->len, bad, absent);
	return bad;
}

static const struct model_library *find_library(const struct models *models, const char *name)
{
	for (guint i = 0; i < models_libraries(models)->len; i++) {
		const struct model_library *library = models_libraries(models)->pdata[i];

		if (strcmp(library->name, name) == 0)
			return library;
	}
	return NULL;
}

/* The command that compiles probe.c of `directory`; NULL if it, or one of the library's packages,
 * is not installed: with half of its headers nothing can be said of what the other half declares.
 */
static GStrv compile_command(const struct model_library *library, const char *file)
{
	bool windows = library->platform && strcmp(library->platform, "windows") == 0;
	const char *compiler = windows ? "x86_64-w64-mingw32-gcc" : "cc";
	g_autofree char *path = g_find_program_in_path(compiler);
	g_autofree char *packages = g_strjoinv(" ", (char **)library->pkg_config);
	g_autofree char *query = g_strdup_printf("pkg-config --cflags %s", packages);
	g_autofree char *flags = NULL;
	g_autofree char *command = NULL;
	GStrv words = NULL;
	int status = 0;

	if (!path || (library->platform && !windows && strcmp(library->platform, "linux") != 0))
		return NULL;
	if (*packages && (!g_spawn_command_line_sync(query, &flags, NULL, &status, NULL) ||
			  !g_spawn_check_wait_status(status, NULL)))
		return NULL;
	command = g_strdup_printf("%s -std=gnu11 -fsyntax-only -w -I'%s' %s '%s'", path,
				  TEST_SOURCE_DIR "/runtime", flags ? g_strchomp(flags) : "", file);
	if (!g_shell_parse_argv(command, NULL, &words, NULL))
		return NULL;
	return words;
}

/* What the compiler prints of `text`, or NULL if it could not be run. */
static char *compile(const struct model_library *library, const char *text)
{
	g_autofree char *directory = g_dir_make_tmp("model-headers-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(directory, "probe.c", NULL);
	g_auto(GStrv) command = compile_command(library, file);
	g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "LC_ALL", "C", TRUE);
	char *output = NULL;

	if (command && g_file_set_contents(file, text, -1, NULL))
		(void)g_spawn_sync(NULL, command, environment, G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
				   NULL, NULL, &output, NULL, NULL);
	g_unlink(file);
	g_rmdir(directory);
	return output;
}

/* The library's first own header: those of the system stand before it where it needs them. */
static const char *own_header(const struct model_library *library)
{
	static const char *const system[] = {"signal.h", "stdarg.h", "stdbool.h",
					     "stddef.h", "stdint.h", "stdio.h",
					     "stdlib.h", "time.h",   NULL};
	const char *const *header = library->headers;

	while (header[0] && header[1] &&
	       (g_str_has_prefix(*header, "sys/") || g_strv_contains(system, *header)))
		header++;
	return *header;
}

/* True if the compiler finds the library's own header; the others may be of its other parts. */
static bool is_installed(const struct model_library *library)
{
	const char *header = own_header(library);
	g_autofree char *text = NULL;
	g_autofree char *output = NULL;

	if (!header)
		return false;
	text = g_strdup_printf("#if !__has_include(<%s>)\n#error absent\n#endif\n", header);
	output = compile(library, text);
	return output && !*output;
}

static void question_clear(gpointer row)
{
	struct question *question = row;

	g_free(question->subject);
	g_string_free(question->answer, TRUE);
}

static int check(const struct models *models, const char *name)
{
	const struct model_library *library = find_library(models, name);
	struct probe probe = {g_string_new(NULL),
			      g_array_new(FALSE, FALSE, sizeof(struct question)), 0};
	g_autofree char *output = NULL;
	unsigned bad;

	g_array_set_clear_func(probe.questions, question_clear);
	write_prologue(&probe, models, library);
	ask_all(&probe, models, name);
	output = compile(library, probe.text->str);
	sort_answers(&probe, output ? output : "");
	if (g_getenv("MODEL_HEADERS_VERBOSE"))
		g_print("%s", output);
	bad = judge(&probe, name);
	g_string_free(probe.text, TRUE);
	g_array_unref(probe.questions);
	return bad ? 1 : 0;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(models_t) models =
		models_load((const char *const[]){TEST_SOURCE_DIR "/rules/models", NULL}, &error);
	const struct model_library *library;

	if (argc != 2 || !models) {
		g_printerr("%s\n", models ? "usage: test_model_headers LIBRARY" : error->message);
		return 2;
	}
	library = find_library(models, argv[1]);
	if (!library) {
		g_printerr("%s: no model file is of this library\n", argv[1]);
		return 2;
	}
	if (!is_installed(library)) {
		g_print("%s: headers or compiler not installed, not checked\n", argv[1]);
		return 77;
	}
	return check(models, argv[1]);
}

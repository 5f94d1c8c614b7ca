/* Where reports go. */
#include "cli/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/file_path.h"
#include "analyzer/words.h"
#include "cli/command.h"

static void output_free(void *data)
{
	struct output *output = data;

	g_free(output->profile);
	g_free(output->path);
	g_free(output);
}

G_GNUC_PRINTF(2, 3) static void complain(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_propagate_error(error, g_error_new_valist(G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, format,
						    arguments));
	va_end(arguments);
}

static void complain_no_format(const char *name, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *nearest;

	for (size_t i = 0; formats_all[i]; i++)
		g_ptr_array_add(names, (gpointer)formats_all[i]->name);
	g_ptr_array_add(names, NULL);
	nearest = nearest_word(name, (const char *const *)names->pdata);
	if (nearest)
		complain(error, "there is no format %s; did you mean %s?", name, nearest);
	else
		complain(error, "there is no format %s; contlint report --list lists them", name);
}

static bool check_profile(const struct output *output, GError **error)
{
	const char *const *profiles = output->format->profiles;

	if (!output->profile || (profiles && g_strv_contains(profiles, output->profile)))
		return true;
	if (profiles)
		complain(error, "the format %s has no profile %s; it has %s", output->format->name,
			 output->profile, profiles[0]);
	else
		complain(error, "the format %s has no profiles", output->format->name);
	return false;
}

static struct output *parse_word(const char *word, GError **error)
{
	struct output *output = g_new0(struct output, 1);
	const char *equals = strchr(word, '=');
	g_autofree char *name = g_strndup(word, equals ? (gsize)(equals - word) : strlen(word));
	char *colon = strchr(name, ':');

	if (colon) {
		*colon = '\0';
		output->profile = g_strdup(colon + 1);
	}
	if (equals && strcmp(equals + 1, "-") != 0)
		output->path = g_strdup(equals + 1);
	output->format = formats_find(name);
	if (!output->format)
		complain_no_format(name, error);
	else if (output->path && output->path[0] == '\0')
		complain(error, "--format %s needs a file behind the =", word);
	else if (check_profile(output, error))
		return output;
	output_free(output);
	return NULL;
}

bool outputs_check(const char *word, GError **error)
{
	struct output *output = parse_word(word, error);

	if (!output)
		return false;
	output_free(output);
	return true;
}

GPtrArray *outputs_parse(char **words)
{
	char *usual[] = {(char[]){"text"}, NULL};
	g_autoptr(GPtrArray) outputs = g_ptr_array_new_with_free_func(output_free);
	const struct output *first = NULL;
	g_autoptr(GError) error = NULL;

	for (words = words && words[0] ? words : usual; *words; words++) {
		struct output *output = parse_word(*words, &error);

		if (!output) {
			cli_error("%s", error->message);
			return NULL;
		}
		g_ptr_array_add(outputs, output);
		if (output->path)
			continue;
		if (first) {
			cli_error("--format %s and --format %s both go to standard output; give "
				  "one a file: %s=FILE",
				  first->format->name, output->format->name, output->format->name);
			return NULL;
		}
		first = output;
	}
	return g_steal_pointer(&outputs);
}

static bool write_all(int fd, const GString *text)
{
	for (gsize done = 0; done < text->len;) {
		gssize count = TEMP_FAILURE_RETRY(write(fd, text->str + done, text->len - done));

		if (count < 0)
			return false;
		done += (gsize)count;
	}
	return true;
}

/* A pipe or a device is written to; it cannot be replaced. */
static bool write_special(const char *path, const GString *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write_all(fd, text);

	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	return ok;
}

static bool write_file(const char *path, const GString *text)
{
	struct stat status;
	bool special = stat(path, &status) == 0 && !S_ISREG(status.st_mode);

	if (special ? write_special(path, text) : file_path_replace(path, text->str, text->len))
		return true;
	cli_error("%s: %s", path, g_strerror(errno));
	return false;
}

static bool write_output(const struct output *output, const struct report_input *input)
{
	struct report_input own = *input;
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	own.profile = output->profile;
	own.colour = !output->path && cli_colour(STDOUT_FILENO);
	if (!output->format->write(&own, text, &error)) {
		cli_error("%s: %s", output->format->name, error->message);
		return false;
	}
	if (output->path)
		return write_file(output->path, text);
	(void)fflush(stdout);
	if (write_all(STDOUT_FILENO, text))
		return true;
	cli_error("standard output: %s", g_strerror(errno));
	return false;
}

bool outputs_write(const GPtrArray *outputs, const struct report_input *input)
{
	bool ok = true;

	for (guint i = 0; i < outputs->len; i++)
		ok = write_output(g_ptr_array_index(outputs, i), input) && ok;
	return ok;
}

bool outputs_need_record(const GPtrArray *outputs)
{
	for (guint i = 0; i < outputs->len; i++)
		if (((const struct output *)outputs->pdata[i])->format != formats_find("text"))
			return true;
	return false;
}

void outputs_print_list(FILE *out)
{
	for (size_t i = 0; formats_all[i]; i++)
		(void)fprintf(out, "%-12s %s\n", formats_all[i]->name, formats_all[i]->summary);
}

/* Text that pretends to be .contlint.yaml. What is accepted must be readable to the end and write
 * nowhere outside of its folder, what is refused must say so. */
#include <string.h>

#include "cli/settings.h"
#include "rules/silence.h"
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

/* Touches every string. */
static size_t walk(const struct settings *settings)
{
	g_autofree char *rules = settings_rule_list(settings);
	size_t size = rules ? strlen(rules) : 0;

	for (guint i = 0; i < SETTING_COUNT; i++)
		for (char **word = settings_list(settings, i); word && *word; word++)
			size += strlen(*word);
	for (guint i = 0; i < settings->suppressions->len; i++) {
		const struct silence *silence = g_ptr_array_index(settings->suppressions, i);

		size += strlen(silence->rule) + strlen(silence->reason);
		if (silence->regex)
			(void)g_regex_match(silence->regex, "src/a.c", 0, NULL);
	}
	return size;
}

static void check_outputs(const struct settings *settings)
{
	for (char **word = settings_list(settings, SETTING_REPORTS); word && *word; word++) {
		const char *equals = strchr(*word, '=');

		if (equals && strcmp(equals, "=-") != 0)
			g_assert_true(g_str_has_prefix(equals + 1, folder()));
	}
	if (settings_word(settings, SETTING_DATABASE))
		g_assert_true(
			g_str_has_prefix(settings_word(settings, SETTING_DATABASE), folder()));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *file = g_build_filename(folder(), SETTINGS_FILE, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(settings_t) settings = NULL;

	g_assert_true(g_file_set_contents_full(file, (const char *)data, (gssize)size,
					       G_FILE_SET_CONTENTS_NONE, 0600, NULL));
	settings = settings_read(file, &error);
	if (!settings) {
		g_assert_nonnull(error);
		return 0;
	}
	check_outputs(settings);
	accepted += walk(settings) > 0;
	return 0;
}

#ifndef FUZZ_LIBFUZZER

/* One of everything. */
static const char seed[] =
	"version: 1\nbuild: {compile_commands: out, extra_args: [-Wall]}\npaths: {include: "
	"[\"src/**\"],"
	" exclude: [a/, \"**/b?.c\"], headers: \"x.*\"}\ncontexts: {io: {budget_us: 500}}\n"
	"models: [builtin:libuv, m.yaml]\nrules: {blocking-dns: {level: error}, nested-*: off}\n"
	"gate: {fail_on: new, base: main, confidence: low, baseline: b, require_reason: true}\n"
	"database: {file: .contlint/x.db, series: s}\n"
	"suppress: [{rule: blocking-dns, path: \"s/**\", reason: r, expires: 2099-01-01}]\n"
	"reports: [text, html=out/x.html]\n";

int main(void)
{
	fuzz_mutations(seed, sizeof(seed) - 1, 3000);
	/* a target that refuses everything tests nothing */
	g_assert_cmpuint(accepted, >, 50);
	scratch_remove((char *)folder());
	return 0;
}

#endif

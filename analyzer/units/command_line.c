/* One compiler command, understood without running anything: what stands before the compiler's
 * name, what the name says, and which of the words after it libclang may see. */
#include "analyzer/units/command_line.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/file_path.h"
#include "analyzer/units/flag_table.h"
#include "analyzer/units/response_file.h"

/* Programs that run the compiler, with those of their options that take the next word. */
static const struct wrapper {
	const char *name;
	const char *const *options; /* NULL-terminated, or NULL */
} wrappers[] = {
	{"ccache", (const char *const[]){"--config-path", "-d", NULL}},
	{"sccache", NULL},
	{"buildcache", NULL},
	{"distcc", (const char *const[]){"-j", NULL}},
	{"pump", NULL},
	{"icecc", NULL},
	{"icerun", NULL},
	{"gomacc", NULL},
	{"recc", NULL},
	{"firebuild", NULL},
	{"colorgcc", NULL},
	{"env", (const char *const[]){"-u", "--unset", "-C", "--chdir", NULL}},
	{"nice", (const char *const[]){"-n", NULL}},
	{"ionice", (const char *const[]){"-c", "-n", "-p", NULL}},
	{"time", (const char *const[]){"-f", "-o", NULL}},
	{"nohup", NULL},
	{"stdbuf", (const char *const[]){"-i", "-o", "-e", NULL}},
	{"timeout", (const char *const[]){"-k", "-s", NULL}},
	{"taskset", (const char *const[]){"-c", NULL}},
	{"libtool", NULL},
	{"glibtool", NULL},
	{"sh", NULL},
	{"bash", NULL},
	{"dash", NULL},
	{"python3", NULL},
};

// clang-format off
/* How compilers are called, without version and prefix. */
static const struct compiler {
	const char *name;
	bool cplusplus, cl;
} compilers[] = {
	{"cc"}, {"gcc"}, {"clang"}, {"c89"}, {"c99"}, {"tcc"}, {"icc"}, {"icx"}, {"emcc"},
	{"pgcc"}, {"nvc"}, {"xlc"}, {"armclang"}, {"afl-clang-fast"}, {"afl-cc"},
	{"g++", true}, {"c++", true}, {"clang++", true}, {"icpc", true}, {"icpx", true},
	{"em++", true}, {"nvcc", true}, {"afl-clang-fast++", true}, {"afl-c++", true},
	{"cl", false, true}, {"clang-cl", false, true}, {"icl", false, true},
};

/* First parts of triples that clang has a target for. */
static const char *const architectures[] = {
	"aarch64", "aarch64_be", "arm", "armeb", "armv5", "armv6", "armv7", "armv7a", "armv7l",
	"armv8l", "avr", "bpf", "hexagon", "i386", "i486", "i586", "i686", "lanai", "loongarch64",
	"m68k", "mips", "mips64", "mips64el", "mipsel", "msp430", "powerpc", "powerpc64",
	"powerpc64le", "powerpcle", "riscv32", "riscv64", "s390x", "sparc", "sparc64", "thumb",
	"thumbv7", "wasm32", "wasm64", "x86_64", "xcore", "xtensa",
};
// clang-format on

struct reader {
	struct command_line *command;
	GHashTable *refusals;
};

static const char *base_name(const char *word)
{
	const char *slash = strrchr(word, '/');
	const char *backslash = strrchr(slash ? slash : word, '\\');

	if (backslash)
		return backslash + 1;
	return slash ? slash + 1 : word;
}

/* "gcc-12.exe" is "gcc". Caller frees. */
static char *without_version(const char *name)
{
	char *plain = g_strdup(name);
	size_t size = strlen(plain);

	if (g_str_has_suffix(plain, ".exe"))
		plain[size -= strlen(".exe")] = '\0';
	while (size > 0 && (g_ascii_isdigit(plain[size - 1]) || plain[size - 1] == '.'))
		size--;
	if (size > 1 && size < strlen(plain) && plain[size - 1] == '-')
		plain[size - 1] = '\0';
	return plain;
}

/* The compiler that `word` names. With a prefix ("aarch64-linux-gnu-gcc") `*ret_prefix` is its
 * size, else 0. NULL if it is none that we know. */
static const struct compiler *find_compiler(const char *word, size_t *ret_prefix)
{
	g_autofree char *name = without_version(base_name(word));
	const struct compiler *best = NULL;

	*ret_prefix = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(compilers); i++) {
		const struct compiler *compiler = &compilers[i];
		size_t size = strlen(compiler->name);
		size_t whole = strlen(name);

		if (!g_str_has_suffix(name, compiler->name))
			continue;
		if (whole != size && name[whole - size - 1] != '-')
			continue;
		if (!best || size > strlen(best->name)) {
			best = compiler;
			*ret_prefix = whole == size ? 0 : whole - size - 1;
		}
	}
	return best;
}

static const struct wrapper *find_wrapper(const char *word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(wrappers); i++)
		if (strcmp(base_name(word), wrappers[i].name) == 0)
			return &wrappers[i];
	return NULL;
}

/* VAR=value before a command. */
static bool is_assignment(const char *word)
{
	size_t size = strspn(word, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_");

	return size > 0 && word[size] == '=' && !g_ascii_isdigit(word[0]);
}

static bool takes_next(const struct wrapper *wrapper, const char *option)
{
	for (size_t i = 0; wrapper->options && wrapper->options[i]; i++)
		if (strcmp(option, wrapper->options[i]) == 0)
			return true;
	return false;
}

/* Skips a wrapper and its own options: everything that starts with '-' and comes before the
 * next plain word. */
static size_t skip_wrapper(char *const *words, size_t at)
{
	const struct wrapper *wrapper = find_wrapper(words[at]);

	at++;
	while (words[at] && words[at][0] == '-') {
		bool skip_two = takes_next(wrapper, words[at]) && words[at + 1];

		at += skip_two ? 2 : 1;
	}
	/* `timeout 30 gcc`, `taskset 3 gcc` */
	if (words[at] && g_ascii_isdigit(words[at][0]) && words[at + 1])
		at++;
	return at;
}

/* True if a wrapper stands here and what follows shows that it runs something: `ccache -c a.c` is
 * ccache as the compiler itself. */
static bool is_wrapper(char *const *words, size_t at)
{
	size_t next;

	if (!find_wrapper(words[at]))
		return false;
	next = skip_wrapper(words, at);
	while (words[next] && is_assignment(words[next]))
		next++;
	return words[next] &&
	       (find_wrapper(words[next]) || strchr(words[next], '.') == NULL ||
		find_compiler(words[next], &(size_t){0}) || g_str_has_suffix(words[next], ".py"));
}

/* Where the compiler's name stands. An unknown program that is followed by a compiler we know
 * (`./wrap.py gcc -c a.c`) is a wrapper too. */
static size_t find_compiler_word(char *const *words)
{
	size_t at = 0;

	while (words[at]) {
		if (is_assignment(words[at]) || (at > 0 && strcmp(words[at], "--") == 0)) {
			at++;
		} else if (is_wrapper(words, at)) {
			at = skip_wrapper(words, at);
		} else {
			break;
		}
	}
	if (!words[at] || find_compiler(words[at], &(size_t){0}))
		return at;
	for (size_t i = at + 1; words[i] && words[i][0] != '-'; i++)
		if (find_compiler(words[i], &(size_t){0}))
			return i;
	return at;
}

static bool is_architecture(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(architectures); i++)
		if (strcmp(name, architectures[i]) == 0)
			return true;
	return false;
}

/* What the compiler's name tells: language and target. */
static void read_compiler(struct command_line *command, const char *word)
{
	g_autofree char *prefix = NULL;
	g_autofree char *first = NULL;
	const struct compiler *compiler;
	size_t size;

	compiler = find_compiler(word, &size);
	if (!compiler)
		return;
	command->cplusplus = compiler->cplusplus;
	command->cl = compiler->cl;
	prefix = g_strndup(base_name(word), size);
	first = g_strndup(prefix, strcspn(prefix, "-"));
	if (strchr(prefix, '-') && is_architecture(first))
		command->target = g_steal_pointer(&prefix);
}

static void refuse(GHashTable *refusals, const char *name, const char *reason, guint count)
{
	struct command_refusal *refusal = g_hash_table_lookup(refusals, name);

	if (!refusal) {
		refusal = g_new0(struct command_refusal, 1);
		refusal->reason = reason;
		g_hash_table_insert(refusals, (gpointer)name, refusal);
	}
	refusal->count += count;
}

static void replace(char **slot, const char *text)
{
	g_free(*slot);
	*slot = g_strdup(text);
}

/* Acts on one flag; `value` is the next word if the flag takes it, else NULL. */
static void read_flag(struct reader *reader, const struct flag_rule *rule, const char *word,
		      const char *value)
{
	struct command_line *command = reader->command;
	const char *joined = word + strlen(rule->name);

	switch (rule->action) {
	case FLAG_KEEP:
		g_ptr_array_add(command->flags, g_strdup(word));
		if (value)
			g_ptr_array_add(command->flags, g_strdup(value));
		return;
	case FLAG_OUTPUT:
		replace(&command->output, value ? value : joined);
		return;
	case FLAG_LANGUAGE:
		replace(&command->language, value ? value : joined);
		return;
	case FLAG_REFUSE:
		refuse(reader->refusals, rule->name, rule->reason, 1);
		return;
	case FLAG_DROP:
	case FLAG_FLATTEN:
	case FLAG_SPLIT:
		return;
	}
	g_assert_not_reached();
}

/* -Xclang A -Xclang B is A B, -Wp,A,B is A B: so that one table judges them all. */
static GPtrArray *flatten(char *const *words)
{
	GPtrArray *flat = g_ptr_array_new_with_free_func(g_free);
	bool takes_value;

	for (size_t i = 0; words[i]; i++) {
		enum flag_action action = FLAG_DROP;

		if (words[i][0] == '-')
			action = flag_find(words[i], &takes_value)->action;
		if (action == FLAG_FLATTEN && takes_value) {
			if (words[i + 1])
				g_ptr_array_add(flat, g_strdup(words[++i]));
		} else if (action == FLAG_SPLIT) {
			g_auto(GStrv) parts = g_strsplit(words[i] + strlen("-Wp,"), ",", 64);

			for (size_t j = 0; parts[j]; j++)
				g_ptr_array_add(flat, g_strdup(parts[j]));
		} else {
			g_ptr_array_add(flat, g_strdup(words[i]));
		}
	}
	g_ptr_array_add(flat, NULL);
	return flat;
}

static void read_words(struct reader *reader, char *const *words)
{
	bool files_only = false;
	bool takes_value;

	for (size_t i = 0; words[i]; i++) {
		const struct flag_rule *rule;

		if (!files_only && strcmp(words[i], "--") == 0) {
			files_only = true;
			continue;
		}
		if (files_only || words[i][0] != '-' || words[i][1] == '\0') {
			g_ptr_array_add(reader->command->inputs, g_strdup(words[i]));
			continue;
		}
		rule = flag_find(words[i], &takes_value);
		takes_value = takes_value && words[i + 1];
		/* A kept flag without its value would take our own next flag with it. */
		if (rule->action == FLAG_KEEP && !takes_value && !(rule->forms & FLAG_ALONE) &&
		    words[i][strlen(rule->name)] == '\0')
			continue;
		/* No honest value looks like a flag; clang might take it for one. */
		if (rule->action == FLAG_KEEP && takes_value && words[i + 1][0] == '-') {
			i++;
			continue;
		}
		read_flag(reader, rule, words[i], takes_value ? words[i + 1] : NULL);
		if (takes_value)
			i++;
	}
}

static bool has_target(const GPtrArray *flags)
{
	for (guint i = 0; i < flags->len; i++) {
		const char *flag = flags->pdata[i];

		if (strcmp(flag, "-target") == 0 || strcmp(flag, "--target") == 0 ||
		    g_str_has_prefix(flag, "--target="))
			return true;
	}
	return false;
}

/* In `cd build && cc -c a.c` the last part is the compiler's. */
static char *const *last_command(char *const *argv)
{
	char *const *start = argv;

	for (size_t i = 0; argv[i]; i++)
		if (strcmp(argv[i], "&&") == 0 && argv[i + 1])
			start = argv + i + 1;
	return start;
}

struct command_line *command_line_parse(char *const *argv, const char *directory, const char *root,
					GHashTable *refusals)
{
	struct command_line *command = g_new0(struct command_line, 1);
	static const char outside[] =
		"names a response file that is missing, too large or outside the project";
	struct reader reader = {.command = command, .refusals = refusals};
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) flat = NULL;
	guint refused;
	size_t at;

	command->flags = g_ptr_array_new_with_free_func(g_free);
	command->inputs = g_ptr_array_new_with_free_func(g_free);
	refused = response_file_expand(last_command(argv), directory, root, words);
	if (refused > 0)
		refuse(refusals, "@FILE", outside, refused);
	g_ptr_array_add(words, NULL);
	at = find_compiler_word((char *const *)words->pdata);
	if (!words->pdata[at])
		return command;
	if (((char *)words->pdata[at])[0] != '-')
		read_compiler(command, words->pdata[at++]);
	flat = flatten((char *const *)words->pdata + at);
	read_words(&reader, (char *const *)flat->pdata);
	for (guint i = 0; flat->pdata[i]; i++) {
		command->cl |= strcmp(flat->pdata[i], "--driver-mode=cl") == 0;
		command->cplusplus |= strcmp(flat->pdata[i], "--driver-mode=g++") == 0;
	}
	if (command->target && !has_target(command->flags))
		g_ptr_array_insert(command->flags, 0,
				   g_strconcat("--target=", command->target, NULL));
	return command;
}

void command_line_free(struct command_line *command)
{
	if (!command)
		return;
	g_ptr_array_unref(command->flags);
	g_ptr_array_unref(command->inputs);
	g_free(command->output);
	g_free(command->language);
	g_free(command->target);
	g_free(command);
}

GHashTable *command_refusals_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
}

enum command_language command_line_language(const struct command_line *command, const char *file)
{
	const char *dot = strrchr(base_name(file), '.');

	if (command->cl)
		return COMMAND_CL;
	if (command->language && strcmp(command->language, "none") != 0)
		return strcmp(command->language, "c") == 0 ||
				       strcmp(command->language, "cpp-output") == 0
			       ? COMMAND_C
			       : COMMAND_OTHER;
	if (command->cplusplus || !dot)
		return COMMAND_OTHER;
	return strcmp(dot, ".c") == 0 || strcmp(dot, ".i") == 0 ? COMMAND_C : COMMAND_OTHER;
}

/* Which words of a compiler command reach libclang: the rows. */
#include "analyzer/units/flag_table.h"

#include <glib.h>
#include <string.h>

/* The commonest reasons. */
static const char loads_code[] = "loads code into the compiler";
static const char chooses_tools[] = "chooses programs that the compiler runs";
static const char reads_config[] = "reads flags from another file";
static const char writes_files[] = "writes files";
static const char reads_binary[] = "reads a binary file that only one compiler can trust";
static const char maps_files[] = "changes which files are read";

enum {
	A = FLAG_ALONE,
	S = FLAG_SEPARATE,
	J = FLAG_JOINED,
	SJ = FLAG_SEPARATE | FLAG_JOINED,
};

/* The longest name that fits wins. Sorted by nothing but sense.
 *
 * -O is dropped on purpose: with optimization glibc defines read(), printf() and others as inline
 * functions of its own (_FORTIFY_SOURCE), and a program would seem to define them. -Werror and
 * all of -W go because diagnostics are not our business. -fPIC, -fsanitize and the like only
 * define macros that choose code we do not want to judge. */
static const struct flag_rule rules[] = {
	{"-D", SJ, FLAG_KEEP},
	{"-U", SJ, FLAG_KEEP},
	{"-I", SJ, FLAG_KEEP},
	{"-I-", A, FLAG_DROP},
	{"-F", SJ, FLAG_KEEP},
	{"-include", SJ, FLAG_KEEP},
	{"-imacros", SJ, FLAG_KEEP},
	{"-isystem", SJ, FLAG_KEEP},
	{"-iquote", SJ, FLAG_KEEP},
	{"-idirafter", SJ, FLAG_KEEP},
	{"-iprefix", SJ, FLAG_KEEP},
	{"-iwithprefix", SJ, FLAG_KEEP},
	{"-iwithprefixbefore", SJ, FLAG_KEEP},
	{"-isysroot", SJ, FLAG_KEEP},
	{"--sysroot", S, FLAG_KEEP},
	{"--sysroot=", J, FLAG_KEEP},
	{"--gcc-toolchain=", J, FLAG_KEEP},
	{"--gcc-install-dir=", J, FLAG_KEEP},
	{"-nostdinc", A, FLAG_KEEP},
	{"-nostdlibinc", A, FLAG_KEEP},
	{"-nobuiltininc", A, FLAG_KEEP},
	{"-std=", J, FLAG_KEEP},
	{"--std=", J, FLAG_KEEP},
	{"-ansi", A, FLAG_KEEP},
	{"-undef", A, FLAG_KEEP},
	{"-trigraphs", A, FLAG_KEEP},
	{"-pthread", A, FLAG_KEEP},
	{"-target", S, FLAG_KEEP},
	{"--target", S, FLAG_DROP}, /* clang does not take the next word: it would be a flag */
	{"--target=", J, FLAG_KEEP},
	{"-m16", A, FLAG_KEEP},
	{"-m32", A, FLAG_KEEP},
	{"-m64", A, FLAG_KEEP},
	{"-mx32", A, FLAG_KEEP},
	{"-march=", J, FLAG_KEEP},
	{"-mcpu=", J, FLAG_KEEP},
	{"-mabi=", J, FLAG_KEEP},
	{"-mfpu=", J, FLAG_KEEP},
	{"-mfloat-abi=", J, FLAG_KEEP},
	{"-mlong-double-", J, FLAG_KEEP},
	{"-fpack-struct=", J, FLAG_KEEP},
	{"-fno-builtin-", J, FLAG_KEEP},
	{"-fbracket-depth=", J, FLAG_KEEP},
	{"-fgnuc-version=", J, FLAG_KEEP},
	{"-fms-compatibility-version=", J, FLAG_KEEP},

	{"-x", SJ, FLAG_LANGUAGE},
	{"-xHost", A, FLAG_DROP},
	{"-o", SJ, FLAG_OUTPUT},
	{"-Xclang", S, FLAG_FLATTEN},
	{"-Xpreprocessor", S, FLAG_FLATTEN},
	{"-Wp,", J, FLAG_SPLIT},

	{"-fplugin=", J, FLAG_REFUSE, loads_code},
	{"-fplugin", S, FLAG_REFUSE, loads_code},
	{"-fplugin-arg-", J, FLAG_REFUSE, loads_code},
	{"-fpass-plugin=", J, FLAG_REFUSE, loads_code},
	{"-load", S, FLAG_REFUSE, loads_code},
	{"-load=", J, FLAG_REFUSE, loads_code},
	{"-plugin", S, FLAG_REFUSE, loads_code},
	{"-add-plugin", S, FLAG_REFUSE, loads_code},
	{"-plugin-arg-", S | J, FLAG_REFUSE, loads_code},
	{"-B", SJ, FLAG_REFUSE, chooses_tools},
	{"-Bsymbolic", A | J, FLAG_DROP},
	{"-Bstatic", A, FLAG_DROP},
	{"-Bdynamic", A, FLAG_DROP},
	{"-specs=", J, FLAG_REFUSE, chooses_tools},
	{"-specs", S, FLAG_REFUSE, chooses_tools},
	{"--specs=", J, FLAG_REFUSE, chooses_tools},
	{"-wrapper", S, FLAG_REFUSE, chooses_tools},
	{"-fuse-ld=", J, FLAG_REFUSE, chooses_tools},
	{"--ld-path=", J, FLAG_REFUSE, chooses_tools},
	{"-ccc-gcc-name", S, FLAG_REFUSE, chooses_tools},
	{"--config", S, FLAG_REFUSE, reads_config},
	{"--config=", J, FLAG_REFUSE, reads_config},
	{"--config-system-dir=", J, FLAG_REFUSE, reads_config},
	{"--config-user-dir=", J, FLAG_REFUSE, reads_config},
	{"-include-pch", S, FLAG_REFUSE, reads_binary},
	{"-fmodule-file=", J, FLAG_REFUSE, reads_binary},
	{"-fprebuilt-module-path=", J, FLAG_REFUSE, reads_binary},
	{"-ivfsoverlay", SJ, FLAG_REFUSE, maps_files},
	{"-vfsoverlay", SJ, FLAG_REFUSE, maps_files},
	{"-fmodule-map-file=", J, FLAG_REFUSE, maps_files},
	{"-resource-dir", S, FLAG_REFUSE, maps_files},
	{"-resource-dir=", J, FLAG_REFUSE, maps_files},
	{"-gen-cdb-fragment-path", S, FLAG_REFUSE, writes_files},
	{"-MJ", SJ, FLAG_REFUSE, writes_files},
	{"-fmodules-cache-path=", J, FLAG_REFUSE, writes_files},
	{"-fmodules-user-build-path", S, FLAG_REFUSE, writes_files},
	{"-fcrash-diagnostics-dir=", J, FLAG_REFUSE, writes_files},
	{"-index-store-path", S, FLAG_REFUSE, writes_files},

	/* Dropped without a word, and here only because they take the next word with them. */
	{"-MF", SJ, FLAG_DROP},
	{"-MT", SJ, FLAG_DROP},
	{"-MQ", SJ, FLAG_DROP},
	{"-Xlinker", S, FLAG_DROP},
	{"-Xassembler", S, FLAG_DROP},
	{"-Xanalyzer", S, FLAG_DROP},
	{"-T", SJ, FLAG_DROP},
	{"-u", SJ, FLAG_DROP},
	{"-z", SJ, FLAG_DROP},
	{"-l", SJ, FLAG_DROP},
	{"-L", SJ, FLAG_DROP},
	{"-e", SJ, FLAG_DROP},
	{"-G", SJ, FLAG_DROP},
	{"-A", SJ, FLAG_DROP},
	{"-arch", S, FLAG_DROP},
	{"-aux-info", S, FLAG_DROP},
	{"-dumpbase", S, FLAG_DROP},
	{"-dumpbase-ext", S, FLAG_DROP},
	{"-dumpdir", S, FLAG_DROP},
	{"-framework", S, FLAG_DROP},
	{"-iframework", SJ, FLAG_DROP},
	{"-imultilib", S, FLAG_DROP},
	{"-main-file-name", S, FLAG_DROP},
	{"-mllvm", S, FLAG_DROP},
	{"--param", S, FLAG_DROP},
	{"--serialize-diagnostics", S, FLAG_DROP},
	{"-serialize-diagnostics", S, FLAG_DROP},
	{"-dependency-file", S, FLAG_DROP},
	{"-working-directory", S, FLAG_DROP},
};

/* One word a line would be three screens. */
// clang-format off
/* -fNAME and -fno-NAME: what changes how C is read. */
static const char *const f_toggles[] = {
	"asm", "blocks", "borland-extensions", "builtin", "declspec", "digraphs",
	"dollars-in-identifiers", "exceptions", "fast-math", "finite-math-only", "freestanding",
	"gnu89-inline", "hosted", "lax-vector-conversions", "math-errno", "ms-compatibility",
	"ms-extensions", "pack-struct", "short-enums", "short-wchar", "signed-char", "trigraphs",
	"unsigned-char",
};

/* -mNAME and -mno-NAME: what defines the macros that guard intrinsics, or changes a type. */
static const char *const m_toggles[] = {
	"3dnow", "adx", "aes", "altivec", "amx-bf16", "amx-int8", "amx-tile", "arm", "avx", "avx2",
	"avx512bf16", "avx512bitalg", "avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512fp16",
	"avx512ifma", "avx512vbmi", "avx512vbmi2", "avx512vl", "avx512vnni", "avx512vp2intersect",
	"avx512vpopcntdq", "avxvnni", "big-endian", "bmi", "bmi2", "cldemote", "clflushopt",
	"clwb", "crc32", "cx16", "f16c", "fma", "fma4", "fsgsbase", "general-regs-only", "gfni",
	"hard-float", "kl", "little-endian", "lwp", "lzcnt", "mmx", "movbe", "movdir64b",
	"movdiri", "ms-bitfields", "pclmul", "pku", "popcnt", "prfchw", "ptwrite", "rdpid",
	"rdrnd", "rdseed", "rtm", "sahf", "serialize", "sgx", "sha", "soft-float", "sse", "sse2",
	"sse3", "sse4", "sse4.1", "sse4.2", "sse4a", "ssse3", "tbm", "thumb", "uintr", "vaes",
	"vpclmulqdq", "vsx", "waitpkg", "widekl", "xop", "xsave", "xsavec", "xsaveopt", "xsaves",
};
// clang-format on

static const struct flag_rule kept_toggle = {"", A, FLAG_KEEP};
static const struct flag_rule unknown = {"", A, FLAG_DROP};

static bool toggles_have(const char *word, const char *const *toggles, size_t count)
{
	const char *name = word + 2;

	if (g_str_has_prefix(name, "no-"))
		name += strlen("no-");
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, toggles[i]) == 0)
			return true;
	return false;
}

static bool rule_fits(const struct flag_rule *rule, const char *word, bool *ret_takes_next)
{
	size_t size = strlen(rule->name);

	if (strncmp(word, rule->name, size) != 0)
		return false;
	*ret_takes_next = word[size] == '\0' && (rule->forms & FLAG_SEPARATE);
	if (word[size] == '\0')
		return rule->forms & (FLAG_ALONE | FLAG_SEPARATE);
	return rule->forms & FLAG_JOINED;
}

const struct flag_rule *flag_find(const char *word, bool *ret_takes_next)
{
	const struct flag_rule *best = NULL;
	bool takes_next;

	*ret_takes_next = false;
	if (word[0] == '-' && word[1] == 'f' &&
	    toggles_have(word, f_toggles, G_N_ELEMENTS(f_toggles)))
		return &kept_toggle;
	if (word[0] == '-' && word[1] == 'm' &&
	    toggles_have(word, m_toggles, G_N_ELEMENTS(m_toggles)))
		return &kept_toggle;
	for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
		/* The second letter first: long databases ask this a million times. */
		if (rules[i].name[1] == word[1] && rule_fits(&rules[i], word, &takes_next) &&
		    (!best || strlen(best->name) < strlen(rules[i].name))) {
			best = &rules[i];
			*ret_takes_next = takes_next;
		}
	return best ? best : &unknown;
}

/* Which words of a compiler command reach libclang.
 *
 * The list says what may pass, not what may not: a flag that is not in it is dropped. So a flag
 * that only gcc knows is never fatal, and a flag that a later clang invents to load code does not
 * get through by being new. What changes how C is parsed is in the list; what only changes the
 * code that is generated is not. */
#ifndef CONTLINT_ANALYZER_UNITS_FLAG_TABLE_H
#define CONTLINT_ANALYZER_UNITS_FLAG_TABLE_H

#include <stdbool.h>

enum flag_action {
	FLAG_KEEP,
	FLAG_DROP,     /* without a word: no effect on parsing, or nothing we know */
	FLAG_OUTPUT,   /* -o: dropped, its value is remembered */
	FLAG_LANGUAGE, /* -x: remembered */
	FLAG_FLATTEN,  /* -Xclang and -Xpreprocessor: the next word is judged by itself */
	FLAG_SPLIT,    /* -Wp,a,b: each part is */
	FLAG_REFUSE,   /* dropped, and the user is told why */
};

/* How a flag takes its value. Several may hold. */
enum flag_form {
	FLAG_ALONE = 1 << 0,    /* the whole word, no value */
	FLAG_SEPARATE = 1 << 1, /* the whole word, value in the next */
	FLAG_JOINED = 1 << 2,   /* the value follows in the same word */
};

struct flag_rule {
	const char *name;
	int forms; /* enum flag_form */
	enum flag_action action;
	const char *reason; /* for FLAG_REFUSE: what it would do, "loads code into the compiler" */
};

/* The rule for `word` (which starts with '-'), never NULL. `*ret_takes_next` says whether the
 * next word is its value. Static storage. */
const struct flag_rule *flag_find(const char *word, bool *ret_takes_next);

#endif

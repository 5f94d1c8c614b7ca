/* What one translation unit says: the only thing that passes from extraction to linking.
 *
 * Facts are flat arrays of fixed-size rows that name each other by index, so that decoding is a
 * bounds check and linking walks memory in order. Nothing in here knows libclang, and nothing in
 * here depends on models: a changed model never invalidates a cached unit.
 *
 * Facts are deterministic (same input, same bytes) and hold no absolute path under the project
 * root: paths under the root are relative to it, all others stay as the compiler saw them. */
#ifndef CONTLINT_ANALYZER_FACTS_H
#define CONTLINT_ANALYZER_FACTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Raised with every change of a row or of its meaning; part of every cache key. */
#define FACTS_VERSION 10

/* An index into one table of the same `struct facts`. Which table is said at each member. */
typedef uint32_t fact_id;
#define FACT_NONE UINT32_MAX

/* Where something stands. Lines and columns start at 1, columns count bytes. */
struct fact_loc {
	fact_id file; /* files */
	uint32_t line;
	uint32_t column;
};

enum fact_file_flags {
	FACT_FILE_MAIN = 1 << 0,    /* the unit's own source file */
	FACT_FILE_SYSTEM = 1 << 1,  /* found through a system include directory */
	FACT_FILE_IN_ROOT = 1 << 2, /* `path` is relative to the project root */
};

/* A file that the unit read. */
struct fact_file {
	fact_id path;      /* strings */
	uint32_t flags;    /* enum fact_file_flags */
	uint64_t hash_low; /* XXH3 128-bit hash of its bytes */
	uint64_t hash_high;
};

enum fact_symbol_kind {
	FACT_SYMBOL_FUNCTION,
	FACT_SYMBOL_VARIABLE, /* global, file-scope static or function-scope static */
	FACT_SYMBOL_FIELD,    /* of a struct or union, whatever object it is in */
	FACT_SYMBOL_TYPEDEF,  /* kept for typedefs of function types and their pointers */
};

enum fact_linkage {
	FACT_LINKAGE_NONE,
	FACT_LINKAGE_INTERNAL, /* static: one a file */
	FACT_LINKAGE_EXTERNAL,
};

enum fact_symbol_flags {
	FACT_SYMBOL_NORETURN = 1 << 0,
	FACT_SYMBOL_VARIADIC = 1 << 1,
	FACT_SYMBOL_CALLABLE = 1 << 2, /* a pointer to function, or an array of them */
	FACT_SYMBOL_SYSTEM = 1 << 3,   /* declared in a system header */
	FACT_SYMBOL_INLINE = 1 << 4,
	FACT_SYMBOL_CONSTRUCTOR = 1 << 5, /* __attribute__((constructor)) */
	FACT_SYMBOL_DESTRUCTOR = 1 << 6,
	FACT_SYMBOL_NONBLOCKING = 1 << 7, /* clang::nonblocking, where the front end knows it */
	FACT_SYMBOL_BLOCKING = 1 << 8,    /* clang::blocking */
	FACT_SYMBOL_UNION_FIELD = 1 << 9, /* a field of a union */
	FACT_SYMBOL_CONST = 1 << 10,      /* a variable whose type is const */
	FACT_SYMBOL_VOLATILE = 1 << 11,
	FACT_SYMBOL_POINTER = 1 << 12, /* its type is a pointer, however it is spelled */
	FACT_SYMBOL_ADDRESS_TAKEN = 1 << 13, /* a variable or field whose address, or that of one of
					      * its elements, the unit takes with & */
};

/* A declaration that is used or defined in the unit. Referenced ones only. */
struct fact_symbol {
	fact_id usr;   /* strings: libclang's unified symbol resolution, unit-independent key.
			* Fields of unnamed records: enclosing named record and path. Statics of a
			* function or a file carry the file (repository-relative). */
	fact_id name;  /* strings: plain identifier */
	fact_id owner; /* strings: tag (or typedef name) of a field's record as written in
			* models ("uv_process_options_s"); FACT_NONE for others */
	fact_id type;  /* strings: spelled type; for callbacks the typedef's name ("uv_read_cb") */
	uint32_t kind; /* enum fact_symbol_kind */
	uint32_t linkage; /* enum fact_linkage */
	uint32_t flags;   /* enum fact_symbol_flags */
	fact_id loc;      /* locs: its definition if seen, else its first declaration */
	fact_id twin;     /* symbols: a function declared in the unit that by its name does the same
			   * without waiting (X_async for X), or FACT_NONE */
};

enum fact_value_kind {
	FACT_VALUE_UNKNOWN,
	FACT_VALUE_INT,      /* number: folded through macros, enums, sizeof and operators */
	FACT_VALUE_NULL,     /* a null pointer constant */
	FACT_VALUE_STRING,   /* a: strings */
	FACT_VALUE_FUNCTION, /* a: symbols. The address of a function */
	FACT_VALUE_VARIABLE, /* a: symbols. Place */
	FACT_VALUE_LOCAL,    /* a: number of the local in its function, from 0. Place */
	FACT_VALUE_PARAM,    /* a: number of the parameter, from 0. Place */
	FACT_VALUE_FIELD,    /* a: symbols (the field), b: values (the object, or the pointer to it)
			      * or FACT_NONE. Place; `->` and `.` are alike */
	FACT_VALUE_ELEMENT,  /* a: values (the array), b: values (the index) or FACT_NONE. Place */
	FACT_VALUE_DEREF,    /* a: values (the pointer). Place. Of a va_list: one of the pointers
			      * that are passed behind the named parameters */
	FACT_VALUE_ADDRESS,  /* a: values (the place whose address is taken) */
	FACT_VALUE_CALL,     /* a: events (the call whose result it is) */
	FACT_VALUE_UNARY,    /* op: enum fact_operator, a: values */
	FACT_VALUE_BINARY,   /* op: enum fact_operator, a, b: values */
	FACT_VALUE_CHOICE,   /* c: values (condition), a: values (if true), b: values (if false) */
};

enum fact_operator {
	FACT_OP_NONE,
	FACT_OP_ADD,
	FACT_OP_SUB,
	FACT_OP_MUL,
	FACT_OP_DIV,
	FACT_OP_REM,
	FACT_OP_SHL,
	FACT_OP_SHR,
	FACT_OP_AND,
	FACT_OP_OR,
	FACT_OP_XOR,
	FACT_OP_LT,
	FACT_OP_GT,
	FACT_OP_LE,
	FACT_OP_GE,
	FACT_OP_EQ,
	FACT_OP_NE,
	FACT_OP_LAND,
	FACT_OP_LOR, /* && and || */
	FACT_OP_NEG,
	FACT_OP_NOT /* ~ */,
	FACT_OP_LNOT /* ! */,
	FACT_OP_PRE_INC,
	FACT_OP_PRE_DEC,
	FACT_OP_POST_INC,
	FACT_OP_POST_DEC,
};

/* An expression, as far as it matters. Operands stand before their users in the table. Casts,
 * parentheses and decay are dropped. An assignment used as a value is the place assigned or, in
 * `a = b = 0`, the constant. A value is a tree of at most FACTS_VALUE_DEPTH levels and
 * FACTS_VALUE_SIZE nodes (the rest is FACT_VALUE_UNKNOWN), so readers may recurse over it. */
#define FACTS_VALUE_DEPTH 64
#define FACTS_VALUE_SIZE 1024
struct fact_value {
	uint16_t kind; /* enum fact_value_kind */
	uint16_t op;   /* enum fact_operator */
	uint32_t a, b, c;
	int64_t number;
};

enum fact_event_kind {
	FACT_EVENT_CALL,   /* a: values (callee: FUNCTION if direct, else the place called
			    * through), b: first row in arguments, c: their count */
	FACT_EVENT_ASSIGN, /* a: values (place), b: values, op: enum fact_operator of a compound
			    * assignment or FACT_OP_NONE. Initializers of locals too */
	FACT_EVENT_LOOP,   /* a: values (condition) or FACT_NONE, b: values (bound) or
			    * FACT_NONE, c: enum fact_bound, op: enum fact_loop */
	FACT_EVENT_LOOP_END,
	FACT_EVENT_BRANCH, /* a: values (condition). Also for &&, || and ?: whose right side
			    * calls something */
	FACT_EVENT_ELSE,
	FACT_EVENT_BRANCH_END,
	FACT_EVENT_SWITCH, /* a: values */
	FACT_EVENT_CASE,   /* a: values (low), b: values (high of a GNU range) or FACT_NONE;
			    * a is FACT_NONE for default */
	FACT_EVENT_SWITCH_END,
	FACT_EVENT_RETURN, /* a: values or FACT_NONE */
	FACT_EVENT_GOTO,   /* a: strings (label) or FACT_NONE if computed */
	FACT_EVENT_LABEL,  /* a: strings */
	FACT_EVENT_BREAK,
	FACT_EVENT_CONTINUE, /* in a for loop: on to its step */
	FACT_EVENT_READ,     /* a: values (place). A parameter or local read as a value where no
			      * other event shows it; `(void)x` has op FACT_OP_NONE and b = 1 */
};

enum fact_loop { FACT_LOOP_FOR, FACT_LOOP_WHILE, FACT_LOOP_DO };

enum fact_bound {
	FACT_BOUND_NONE,     /* for (;;) or a condition that shows no bound */
	FACT_BOUND_CONSTANT, /* b is an INT, the trip count at most: literal, enum, sizeof, macro */
	FACT_BOUND_PLACE,    /* b is the parameter, field or variable that the counter runs to */
	FACT_BOUND_LIST,     /* x = x->next: b is the field walked */
	FACT_BOUND_STRING,   /* until the end of a string: b is the string walked */
	FACT_BOUND_CALL,     /* b is the call tested each time round */
};

enum fact_event_flags {
	FACT_EVENT_MACRO = 1 << 0,       /* stands in a macro expansion */
	FACT_EVENT_RESULT_USED = 1 << 1, /* a call whose result is used */
	FACT_EVENT_RESULT_VOID = 1 << 2, /* a call under an explicit (void) cast */
	FACT_EVENT_NORETURN = 1 << 3,    /* a call that does not come back */
};

/* One thing that a function does, in source order. Operands of a call come before it, as do those
 * of a branch and a switch. What a loop's condition and step do stands inside the loop, where it
 * happens each time round: the condition first (in a do loop last), the step last. A branch's
 * condition is what holds on its first arm: the right side of `a || f()` stands under `!a`.
 * Begins and ends balance within a function and nest at most FACTS_NESTING deep. */
#define FACTS_NESTING 4096
struct fact_event {
	uint16_t kind; /* enum fact_event_kind */
	uint8_t op;
	uint8_t flags; /* enum fact_event_flags */
	uint32_t a, b, c;
	fact_id loc;      /* locs: expansion location (the use) */
	fact_id spelling; /* locs: where the token is written; equals `loc` outside macros */
	fact_id end;      /* locs: one past the expression, for calls and loops; else FACT_NONE */
	fact_id text;     /* strings: tokens of a call joined by single blanks, without comments;
			   * FACT_NONE for other kinds */
};

struct fact_param {
	fact_id name;   /* strings; FACT_NONE if unnamed */
	fact_id type;   /* strings: typedef name of a callback, else spelled type */
	uint32_t flags; /* enum fact_symbol_flags */
};

/* A function with a body, or the file scope (function 0 of every unit: its events are the
 * assignments that the initializers of static storage make; `symbol` is FACT_NONE). */
struct fact_function {
	fact_id symbol;                              /* symbols */
	fact_id begin, end;                          /* locs: extent of the definition */
	uint32_t first_param, param_count;           /* params */
	uint32_t first_local, local_count;           /* locals: struct fact_param rows */
	uint32_t first_event, event_count;           /* events */
	uint32_t first_annotation, annotation_count; /* annotations */
};

enum fact_annotation_kind {
	FACT_ANNOTATION_CONTINUATION, /* CONTLINT_CONTINUATION */
	FACT_ANNOTATION_MAY_BLOCK,
	FACT_ANNOTATION_NONBLOCKING,
	FACT_ANNOTATION_RUNS_ON,   /* text: strings, the context */
	FACT_ANNOTATION_BUDGET_US, /* number */
	FACT_ANNOTATION_OTHER,     /* text: strings, an annotate attribute that is not ours */
};

struct fact_annotation {
	uint32_t kind;  /* enum fact_annotation_kind */
	fact_id symbol; /* symbols: what is annotated */
	fact_id text;   /* strings or FACT_NONE */
	uint32_t number; /* BUDGET_US: microseconds; CONTINUATION, RUNS_ON: number of the
			  * parameter of the function that is annotated, from 1; 0: itself */
};

enum fact_suppression_kind {
	FACT_SUPPRESS_LINE, /* on this line */
	FACT_SUPPRESS_NEXT_LINE, /* on the next one; ours on the next one that has code */
	FACT_SUPPRESS_BEGIN,
	FACT_SUPPRESS_END,
	FACT_SUPPRESS_FILE,
};

struct fact_suppression {
	uint32_t kind;  /* enum fact_suppression_kind */
	fact_id loc;    /* locs: of the comment */
	fact_id rule;   /* strings: rule id without "contlint-"; "*" for all */
	fact_id reason; /* strings or FACT_NONE */
	uint32_t about; /* LINE, NEXT_LINE: the line that is meant */
};

/* A compile error or warning of severity error and above. */
struct fact_diagnostic {
	uint32_t severity; /* 3 error, 4 fatal */
	fact_id loc;       /* locs or FACT_NONE */
	fact_id text;      /* strings */
};

/* Everything about one unit. Row types of the GArrays are in the comments. A `struct facts` is
 * built by one thread and then only read. */
struct facts {
	GArray *string_offsets; /* uint32_t: start of each string in string_bytes, NUL-terminated */
	GByteArray *string_bytes;
	GHashTable *string_index; /* building only: content -> id */
	GArray *files;            /* struct fact_file; row 0 is the main file */
	GArray *locs;             /* struct fact_loc */
	GArray *symbols;          /* struct fact_symbol */
	GArray *values;           /* struct fact_value */
	GArray *arguments;        /* fact_id -> values */
	GArray *events;           /* struct fact_event */
	GArray *params;           /* struct fact_param */
	GArray *locals;           /* struct fact_param */
	GArray *functions;        /* struct fact_function; row 0 is the file scope */
	GArray *annotations;      /* struct fact_annotation */
	GArray *suppressions;     /* struct fact_suppression */
	GArray *diagnostics;      /* struct fact_diagnostic */
	fact_id command;          /* strings: the cleaned command, blank-separated, for people */
	fact_id target; /* strings: link target or output directory if the database says it,
			 * else the source's directory; decides between equal names */
};

/* An empty set of facts with function 0 (file scope) in it. Free with facts_free(). */
struct facts *facts_new(void);
void facts_free(struct facts *facts);

typedef struct facts facts_t; /* for g_autoptr */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(facts_t, facts_free)

/* The id of `text` in the strings, added if new. NULL gives FACT_NONE. */
fact_id facts_intern(struct facts *facts, const char *text);

/* The string `id`, "" for FACT_NONE. Borrowed; moves when a string is added. */
const char *facts_string(const struct facts *facts, fact_id id);

/* The values that a value is made of, in the order of a, b and c: 0 to 3 of them, FACT_NONE left
 * out. How many. */
unsigned facts_value_parts(const struct fact_value *value, fact_id ret_parts[3]);

/* Are two values written alike, with all that they are made of? Unknown ones never are, nor is
 * FACT_NONE like any other. Does not say that they are equal at run time. */
bool facts_value_same(const struct facts *facts, fact_id left, fact_id right);

typedef bool facts_value_fn(const struct facts *facts, fact_id value, const void *data);

/* The first one that `is_it` says yes to of `value` and the values that it is made of, FACT_NONE if
 * there is none. */
fact_id facts_value_find(const struct facts *facts, fact_id value, facts_value_fn *is_it,
			 const void *data);
/* Is there one? */
bool facts_value_any(const struct facts *facts, fact_id value, facts_value_fn *is_it,
		     const void *data);

/* The operator that says the same with its sides changed: > for <; others but comparisons as they
 * are. */
enum fact_operator facts_operator_mirrored(enum fact_operator op);

/* All facts as bytes: magic "CLFACTS\0", version, then tables. Deterministic. Caller frees. */
GBytes *facts_encode(const struct facts *facts);

/* Reads facts back. `data` is hostile until this returns: every index, range, kind and string is
 * checked, so readers need no checks of their own: strings are UTF-8, row 0 of files is the main
 * file, locals, parameters and calls that a value names belong to the function whose event uses
 * it, the arguments of a call name earlier calls only, begins and ends of events balance. NULL and
 * `error` if anything is wrong; `name` is the file's name for the message. */
struct facts *facts_decode(const void *data, size_t size, const char *name, GError **error);

/* The facts as text for people, one row a line, to `out`. Stable enough to diff. */
void facts_print(const struct facts *facts, GString *out);

#define facts_row(facts, table, type, id) (&g_array_index((facts)->table, type, (id)))

GQuark facts_error_quark(void);
#define FACTS_ERROR (facts_error_quark())
enum facts_error { FACTS_ERROR_BAD, FACTS_ERROR_VERSION };

#endif

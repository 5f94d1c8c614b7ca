/* One translation unit while it is being extracted, and what the files of this folder ask of each
 * other. Cursors name each other's children on one stack (`kids`), values and events go straight
 * into the facts. Nothing here allocates per expression. */
#ifndef CONTLINT_ANALYZER_EXTRACT_UNIT_H
#define CONTLINT_ANALYZER_EXTRACT_UNIT_H

#include "analyzer/units/compdb.h"
#include "analyzer/extract/clang.h"
#include "analyzer/extract/files.h"
#include "analyzer/facts.h"

/* Deeper statements and expressions are not looked into; clang itself gives up not far above. */
#define UNIT_DEPTH 3000

/* ---- declarations ---- */

enum decl_kind {
	DECL_VALUE,   /* `value` stands for it: function, variable, local, parameter, enumerator */
	DECL_FIELD,   /* `symbol`; FACT_NONE for an unnamed field (anonymous struct or union) */
	DECL_BUILTIN, /* a compiler builtin that is no call; `symbol`: enum builtin */
};

enum builtin { BUILTIN_FIRST_ARGUMENT, BUILTIN_UNKNOWN };

struct decl {
	CXCursor cursor;
	enum decl_kind kind;
	fact_id value;
	fact_id symbol;        /* symbols; FACT_NONE for locals, parameters and enumerators */
	bool is_data;          /* a variable that cannot be called */
	bool returns_callable; /* a function whose result can be called */
};

/* Open addressing, keyed by cursor. */
struct decl_map {
	struct decl *rows;
	guint capacity, count; /* capacity is a power of two */
};

/* What is to know of a type, found once a type. */
enum type_class {
	TYPE_SCALAR,
	TYPE_POINTER,
	TYPE_FUNCTION,
	TYPE_STRUCT,
	TYPE_UNION,
	TYPE_ARRAY,
};

struct type_info {
	CXType canonical;
	enum type_class class;
	bool is_integer;
	bool is_signed;
	uint8_t bits;          /* of an integer type */
	uint32_t flags;        /* enum fact_symbol_flags: CALLABLE, CONST, VOLATILE */
	fact_id spelling;      /* strings; FACT_NONE until type_spelling() was asked */
	struct record *record; /* NULL until record_of() was asked */
};

/* The members of a record in order, for positional initializers. */
struct record_field {
	CXCursor cursor;
	CXType type;
	bool unnamed; /* anonymous struct or union: its fields are the record's */
};

struct record {
	GArray *fields; /* struct record_field */
	bool is_union;
};

struct weight {
	uint16_t depth, size; /* of the tree under a value */
};

struct source;

struct unit {
	CXTranslationUnit tu;
	struct facts *facts;
	struct file_cache *files;
	const struct compdb_unit *command;

	GArray *kids;             /* CXCursor: children being worked on, a stack */
	GArray *operands;         /* fact_id: arguments being worked on, a stack */
	GArray *weights;          /* struct weight: one a value */
	GArray *events;           /* where events go: the facts', or `file_scope` */
	GArray *file_scope;       /* struct fact_event: initializers of static storage */
	GArray *file_scope_calls; /* fact_id -> values that name events of `file_scope` */
	GArray *notes;            /* struct fact_annotation, in the order seen */
	GArray *cleanups;         /* struct cleanup: of the scopes that are open, a stack */

	struct decl_map decls;
	GHashTable *types;          /* QualType pointer -> struct type_info * */
	GHashTable *symbols;        /* usr string id -> symbol id + 1 */
	GArray *declared;           /* CXCursor: the first declaration of each function */
	GHashTable *declared_names; /* name -> row in `declared` + 1 */
	GHashTable *file_rows;      /* CXFile -> file id + 1 */
	GPtrArray *system_dirs;     /* char *: absolute, with trailing slash */
	GHashTable *texts;          /* CXFile -> struct source * */
	CXFile last_source_file;    /* asked for last, as most often again */
	const struct source *last_source;
	CXFile last_file;
	fact_id last_file_row;

	uint32_t first_local, first_param; /* of the function being worked on */
	bool has_va_list;                  /* one of its locals or parameters is one */
	uint32_t nesting;                  /* open blocks in it */
	uint32_t depth;                    /* of our own recursion */
	bool in_function;

	fact_id target; /* the place that a file-scope initializer fills; FACT_NONE elsewhere */

	fact_id unknown, null_value;
	fact_id small[18]; /* INT values -1 to 16, FACT_NONE until made */
};

/* How an expression's value is used. */
enum use { USE_VALUE, USE_DISCARD, USE_VOID };

/* ---- cursors.c ---- */

/* Pushes the children of `parent` that matter (expressions, statements, variables, member and
 * label references) and returns where they start; `*ret_count` of them. */
guint kids_push(struct unit *unit, CXCursor parent, guint *ret_count);
static inline CXCursor kid(const struct unit *unit, guint index)
{
	return g_array_index(unit->kids, CXCursor, index);
}
static inline void kids_pop(struct unit *unit, guint first)
{
	g_array_set_size(unit->kids, first);
}

static inline bool is_expression(CXCursor cursor)
{
	return cursor.kind >= CXCursor_FirstExpr && cursor.kind <= CXCursor_LastExpr;
}

static inline bool is_statement(CXCursor cursor)
{
	return cursor.kind >= CXCursor_FirstStmt && cursor.kind <= CXCursor_LastStmt;
}

struct decl *decl_map_find(struct decl_map *map, CXCursor cursor);
struct decl *decl_map_add(struct decl_map *map, const struct decl *decl);
void decl_map_clear(struct decl_map *map);

/* Operators, whatever libclang's version. ASSIGN is told apart from compound assignments. */
struct operator
{
	enum fact_operator op;
	enum {
		OPERATOR_OTHER, /* not known: real, imaginary, coroutine */
		OPERATOR_PLAIN,
		OPERATOR_ASSIGN,
		OPERATOR_COMMA,
		OPERATOR_DEREF,
		OPERATOR_ADDRESS,
		OPERATOR_SAME, /* unary +, __extension__ */
		OPERATOR_STEP, /* ++ and -- */
	} kind;
};
struct operator binary_operator(struct unit *unit, CXCursor cursor, CXCursor left, CXCursor right);
struct operator unary_operator(struct unit *unit, CXCursor cursor, CXCursor operand);

/* ---- locations.c ---- */

void source_free(gpointer source);
fact_id file_row(struct unit *unit, CXFile file);
/* The files the unit read; call once, before anything else asks for a location. */
void files_collect(struct unit *unit);
/* Text of `file` as clang read it, NULL if it has none; `*ret_size` bytes. */
const char *file_text(struct unit *unit, CXFile file, size_t *ret_size);
/* Row of the expansion location; FACT_NONE if it is in no file. */
fact_id location_row(struct unit *unit, CXSourceLocation location);
/* `loc`, `spelling` and FACT_EVENT_MACRO of what stands at `location`. */
void locate(struct unit *unit, CXSourceLocation location, struct fact_event *event);
/* `end` and, if `with_text`, `text` of an expression. */
void locate_extent(struct unit *unit, CXCursor cursor, struct fact_event *event, bool with_text);
/* The text from `from`, which must be outside of macros, up to where `to` or the macro it comes
 * from stands; false if there is none. */
bool source_between(struct unit *unit, CXSourceLocation from, CXSourceLocation to,
		    const char **ret_start, size_t *ret_size);

/* ---- tokens.c ---- */

/* The tokens of `text` joined by single blanks, comments left out, to `out`. */
void tokens_join(const char *text, size_t size, GString *out);
/* Calls `each` for every comment: text without its delimiters' first two characters. Line and
 * column (from 1, in bytes) are where the comment starts. */
typedef void comment_fn(const char *text, size_t size, uint32_t line, uint32_t column, void *data);
void tokens_comments(const char *text, size_t size, comment_fn *each, void *data);
/* Behind the blanks and comments at the start of `text`. */
const char *tokens_skip_blanks(const char *text, size_t size);
/* Semicolons at the nesting depth of the start of `text`. */
guint tokens_semicolons(const char *text, size_t size);

/* ---- symbols.c, records.c, types.c ---- */

/* The declaration behind a reference; NULL if it is of no interest. Moves when one is added. */
struct decl *decl_of(struct unit *unit, CXCursor referenced);
/* True for an anonymous struct or union in a record, and for unnamed bits. */
bool is_unnamed(CXCursor field);
bool is_data(struct unit *unit, CXCursor variable);
/* The symbol of a function, variable, field or typedef. */
fact_id symbol_of(struct unit *unit, CXCursor cursor);
struct type_info *type_of(struct unit *unit, CXType type);
fact_id type_spelling(struct unit *unit, CXType type);
struct record *record_of(struct unit *unit, CXType type);
/* USR and owner of a field; both are the caller's. */
void field_key(struct unit *unit, CXCursor field, char **ret_usr, char **ret_owner);
/* `usr` with the repository-relative path of `cursor`'s file in place of its base name and without
 * the offset of declarations inside functions. Caller frees. */
char *stable_usr(struct unit *unit, CXCursor cursor, const char *usr);

/* ---- values.c ---- */

struct fact_value *value_row(struct unit *unit, fact_id id);
fact_id value_new(struct unit *unit, enum fact_value_kind kind, uint32_t a, uint32_t b);
fact_id value_int(struct unit *unit, int64_t number);
fact_id value_unary(struct unit *unit, enum fact_operator op, fact_id a);
fact_id value_binary(struct unit *unit, enum fact_operator op, fact_id a, fact_id b);
fact_id value_choice(struct unit *unit, fact_id condition, fact_id a, fact_id b);
fact_id value_address(struct unit *unit, fact_id place);
fact_id value_deref(struct unit *unit, fact_id pointer);
/* `value` as the type has it: integers cut to its width, 0 as a null pointer. */
fact_id value_convert(struct unit *unit, fact_id value, CXType type);

/* ---- expressions.c, calls.c ---- */

fact_id expression(struct unit *unit, CXCursor cursor, enum use use);
fact_id call_expression(struct unit *unit, CXCursor cursor, enum use use);
fact_id compound_literal(struct unit *unit, CXCursor cursor);
/* An expression whose value nobody uses, as a statement or left of a comma. */
void expression_discard(struct unit *unit, CXCursor cursor);
/* READ events for the places in `value`. */
void read_value(struct unit *unit, fact_id value, CXCursor cursor, bool is_void);

/* ---- events.c ---- */

/* Appends an event of `kind` at `cursor` and returns its row in unit->events. */
guint event_add(struct unit *unit, enum fact_event_kind kind, CXCursor cursor, uint32_t a,
		uint32_t b, uint32_t c);
static inline struct fact_event *event_row(struct unit *unit, guint row)
{
	return &g_array_index(unit->events, struct fact_event, row);
}
guint assign_add(struct unit *unit, CXCursor cursor, fact_id place, fact_id value,
		 enum fact_operator op);
/* Opens a block; false (and nothing to close) where it would nest too deep. */
bool block_open(struct unit *unit, enum fact_event_kind kind, CXCursor cursor, uint32_t a);
void block_else(struct unit *unit, CXCursor cursor, bool is_open);
void block_close(struct unit *unit, enum fact_event_kind kind, CXCursor cursor, bool is_open);
/* A new local of the function being worked on; its number. */
uint32_t local_add(struct unit *unit, const char *name, CXType type);

/* ---- statements.c, loops.c, bounds.c, initializers.c ---- */

void statement(struct unit *unit, CXCursor cursor);
/* A statement expression's value. */
fact_id statement_expression(struct unit *unit, CXCursor cursor);
void loop_statement(struct unit *unit, CXCursor cursor);
/* The body of a function definition, from its FunctionDecl. */
void function_body(struct unit *unit, CXCursor function);
/* A variable inside a function. */
void variable(struct unit *unit, CXCursor cursor);
/* The initializer of a variable with static storage, into function 0's events. */
void static_initializer(struct unit *unit, CXCursor variable);
/* Decides kind and place of the bound of the loop whose LOOP event is `row`: the events behind it
 * are the loop's. */
void loop_bound(struct unit *unit, guint row);
/* Assigns what `init` (an initializer list or an expression) gives to `place` of `type`. */
void initialize(struct unit *unit, fact_id place, CXType type, CXCursor init);

/* ---- cleanups.c ---- */

/* A variable whose scope ends with a call. */
struct cleanup {
	CXCursor variable;
	fact_id callee; /* values */
	fact_id name;   /* strings */
};

/* A local is declared: remembers it if it has the attribute. */
void cleanup_declared(struct unit *unit, CXCursor variable);
/* Calls what stands from `first` on in `cleanups`, the last one first. */
void cleanups_run(struct unit *unit, guint first);
/* The same at the end of their scope, which forgets them. */
void cleanups_end(struct unit *unit, guint first);

/* ---- siblings.c ---- */

/* A function is declared at the top level, in whatever header. */
void sibling_declared(struct unit *unit, CXCursor function);
/* Finds the twins of all symbols; once, after everything else has asked for symbols. */
void siblings_finish(struct unit *unit);

/* ---- annotations.c ---- */

/* Attributes of a declaration: flags are returned, annotate attributes noted for `symbol`. */
uint32_t attributes_of(struct unit *unit, CXCursor decl, fact_id symbol);
void annotations_finish(struct unit *unit);
#endif

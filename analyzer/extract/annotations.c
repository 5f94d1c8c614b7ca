/* Attributes: annotate, which libclang shows, and those that only a printed declaration or type
 * shows (noreturn, constructor, destructor, nonblocking, blocking). */
#include <stdlib.h>
#include <string.h>

#include "analyzer/extract/unit.h"

struct attribute {
	const char *text;
	uint32_t flag;
};

/* As clang prints them, one pair of double parentheses or brackets each. */
static const struct attribute printed_attributes[] = {
	{"_Noreturn ", FACT_SYMBOL_NORETURN},
	{"[[noreturn]]", FACT_SYMBOL_NORETURN},
	{"[[_Noreturn]]", FACT_SYMBOL_NORETURN},
	{"__attribute__((constructor", FACT_SYMBOL_CONSTRUCTOR},
	{"[[gnu::constructor", FACT_SYMBOL_CONSTRUCTOR},
	{"__attribute__((destructor", FACT_SYMBOL_DESTRUCTOR},
	{"[[gnu::destructor", FACT_SYMBOL_DESTRUCTOR},
};

/* At the end of a function type's spelling; in the middle they belong to a parameter. */
static const struct attribute type_attributes[] = {
	{"__attribute__((noreturn))", FACT_SYMBOL_NORETURN},
	{"__attribute__((nonblocking))", FACT_SYMBOL_NONBLOCKING},
	{"[[clang::nonblocking]]", FACT_SYMBOL_NONBLOCKING},
	{"__attribute__((blocking))", FACT_SYMBOL_BLOCKING},
	{"[[clang::blocking]]", FACT_SYMBOL_BLOCKING},
};

#define PROMISES (FACT_SYMBOL_NONBLOCKING | FACT_SYMBOL_BLOCKING)

struct note_name {
	const char *text;
	enum fact_annotation_kind kind;
};

/* What contlint.h expands to; those that end in '=' go on. */
static const struct note_name note_names[] = {
	{"contlint::continuation", FACT_ANNOTATION_CONTINUATION},
	{"contlint::may_block", FACT_ANNOTATION_MAY_BLOCK},
	{"contlint::nonblocking", FACT_ANNOTATION_NONBLOCKING},
	{"contlint::runs_on=", FACT_ANNOTATION_RUNS_ON},
	{"contlint::budget_us=", FACT_ANNOTATION_BUDGET_US},
};

struct search {
	struct unit *unit;
	fact_id symbol;
	uint32_t param; /* number of the parameter, from 1; 0: what `symbol` is itself */
	bool hidden; /* there are attributes that only printing shows */
	uint32_t flags;
};

static struct fact_annotation note_of(struct unit *unit, const char *text, fact_id symbol)
{
	struct fact_annotation note = {.kind = FACT_ANNOTATION_OTHER, .symbol = symbol};

	for (guint i = 0; i < G_N_ELEMENTS(note_names); i++) {
		const char *known = note_names[i].text;
		bool goes_on = g_str_has_suffix(known, "=");

		if (goes_on ? !g_str_has_prefix(text, known) : strcmp(text, known) != 0)
			continue;
		note.kind = note_names[i].kind;
		text = goes_on ? text + strlen(known) : NULL;
		break;
	}
	if (note.kind == FACT_ANNOTATION_BUDGET_US) {
		note.number = strtoul(text, NULL, 0);
		text = NULL;
	}
	note.text = facts_intern(unit->facts, text);
	return note;
}

/* A promise or a budget of a parameter is none of the function. */
static void add_note(struct unit *unit, CXCursor attribute, fact_id symbol, uint32_t param)
{
	CXString text = clang_getCursorSpelling(attribute);
	struct fact_annotation note = note_of(unit, clang_getCString(text), symbol);

	clang_disposeString(text);
	if (param && note.kind != FACT_ANNOTATION_CONTINUATION &&
	    note.kind != FACT_ANNOTATION_RUNS_ON)
		return;
	if (param)
		note.number = param;
	for (guint i = 0; i < unit->notes->len; i++) {
		const struct fact_annotation *other =
			&g_array_index(unit->notes, struct fact_annotation, i);

		if (other->symbol == symbol && other->kind == note.kind &&
		    other->text == note.text && other->number == note.number)
			return; /* on the declaration and, inherited, on the definition */
	}
	g_array_append_val(unit->notes, note);
}

/* libclang 16 does not print _Noreturn: look at what is written there. */
static uint32_t written_flags(struct unit *unit, CXCursor attribute)
{
	static const char word[] = "_Noreturn";
	unsigned offset;
	const char *text;
	CXFile file;
	size_t size;

	clang_getSpellingLocation(clang_getCursorLocation(attribute), &file, NULL, NULL, &offset);
	text = file ? file_text(unit, file, &size) : NULL;
	if (!text || size < offset + strlen(word) || !g_str_has_prefix(text + offset, word))
		return 0;
	return FACT_SYMBOL_NORETURN;
}

static enum CXChildVisitResult see_attribute(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct search *search = data;

	if (cursor.kind == CXCursor_AnnotateAttr)
		add_note(search->unit, cursor, search->symbol, search->param);
	if (cursor.kind == CXCursor_UnexposedAttr) {
		search->hidden = true;
		search->flags |= written_flags(search->unit, cursor);
	}
	return CXChildVisit_Continue;
}

static uint32_t printed_flags(CXCursor decl)
{
	CXPrintingPolicy policy = clang_getCursorPrintingPolicy(decl);
	uint32_t flags = 0;
	CXString printed;
	const char *text;

	clang_PrintingPolicy_setProperty(policy, CXPrintingPolicy_TerseOutput, 1);
	printed = clang_getCursorPrettyPrinted(decl, policy);
	clang_PrintingPolicy_dispose(policy);
	text = clang_getCString(printed);
	for (guint i = 0; i < G_N_ELEMENTS(printed_attributes); i++)
		if (strstr(text, printed_attributes[i].text))
			flags |= printed_attributes[i].flag;
	clang_disposeString(printed);
	return flags;
}

static uint32_t type_flags(CXType type)
{
	CXString spelling = clang_getTypeSpelling(type);
	g_autofree char *rest = g_strdup(clang_getCString(spelling));
	uint32_t flags = 0, before;

	clang_disposeString(spelling);
	do {
		before = flags;
		g_strchomp(rest);
		for (guint i = 0; i < G_N_ELEMENTS(type_attributes); i++) {
			const char *text = type_attributes[i].text;

			if (!g_str_has_suffix(rest, text))
				continue;
			rest[strlen(rest) - strlen(text)] = '\0';
			flags |= type_attributes[i].flag;
		}
	} while (flags != before);
	return flags;
}

/* What a pointer to functions promises by its own type, not by that of a typedef. */
static uint32_t pointer_flags(struct unit *unit, CXType type)
{
	return type_of(unit, type)->flags & FACT_SYMBOL_CALLABLE ? type_flags(type) & PROMISES : 0;
}

static void see_parameters(const struct search *search, CXCursor function)
{
	int count = clang_Cursor_getNumArguments(function);

	for (int i = 0; i < count; i++) {
		CXCursor param = clang_Cursor_getArgument(function, (unsigned)i);
		struct search mine = {
			.unit = search->unit, .symbol = search->symbol, .param = (uint32_t)i + 1};

		if (clang_Cursor_hasAttrs(param))
			clang_visitChildren(param, see_attribute, &mine);
		/* The type of a callback has a symbol, and that may be annotated. */
		if (type_of(mine.unit, clang_getCursorType(param))->flags & FACT_SYMBOL_CALLABLE)
			(void)type_spelling(mine.unit, clang_getCursorType(param));
	}
}

uint32_t attributes_of(struct unit *unit, CXCursor decl, fact_id symbol)
{
	struct search search = {.unit = unit, .symbol = symbol};

	if (clang_Cursor_hasAttrs(decl))
		clang_visitChildren(decl, see_attribute, &search);
	if (decl.kind == CXCursor_TypedefDecl)
		return type_flags(clang_getTypedefDeclUnderlyingType(decl)) & PROMISES;
	if (decl.kind == CXCursor_FieldDecl || decl.kind == CXCursor_VarDecl)
		return pointer_flags(unit, clang_getCursorType(decl));
	if (decl.kind != CXCursor_FunctionDecl)
		return 0;
	see_parameters(&search, decl);
	if (search.hidden)
		search.flags |= printed_flags(decl);
	return search.flags | type_flags(clang_getCursorType(decl));
}

static gint compare_notes(gconstpointer left, gconstpointer right)
{
	const struct fact_annotation *a = left, *b = right;

	if (a->symbol != b->symbol)
		return a->symbol < b->symbol ? -1 : 1;
	return (int)a->kind - (int)b->kind;
}

/* Annotations stand in the order of their symbols, so that a function's are one range. */
void annotations_finish(struct unit *unit)
{
	struct facts *facts = unit->facts;

	g_array_sort(unit->notes, compare_notes);
	if (unit->notes->len)
		g_array_append_vals(facts->annotations, unit->notes->data, unit->notes->len);
	for (guint i = 1; i < facts->functions->len; i++) {
		struct fact_function *function =
			facts_row(facts, functions, struct fact_function, i);

		for (guint j = 0; j < unit->notes->len; j++) {
			if (g_array_index(unit->notes, struct fact_annotation, j).symbol !=
			    function->symbol)
				continue;
			if (function->annotation_count++ == 0)
				function->first_annotation = j;
		}
	}
}

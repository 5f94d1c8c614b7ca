/* Hash-consed boolean formulas over a function's parameters; see condition.h. */
#ifndef CONTLINT_ANALYZER_CONDITIONS_FORMULA_H
#define CONTLINT_ANALYZER_CONDITIONS_FORMULA_H

#include "analyzer/conditions/condition.h"

/* A kind of its own beside the models' conditions: the parameter is the function whose symbol is
 * `number`. It keeps a path that went through a pointer parameter with the callers that pass that
 * very function. */
#define CONDITION_TARGET ((enum condition_kind)(CONDITION_OR + 1))

/* A test of one parameter, or of a field of what it points to (`field`, a place of field.c; 0: the
 * parameter itself). `guard`: it comes from a branch, so that not knowing means true. */
struct atom {
	enum condition_kind kind;
	uint32_t param;
	uint32_t field;
	int64_t number;
	const char *name; /* interned by the models or the program, or NULL */
	bool negated;
	bool guard;
};

/* Negation stands at the atoms only, so that unknown can be read as true in guards. */
enum formula_kind { FORMULA_CONSTANT, FORMULA_ATOM, FORMULA_AND, FORMULA_OR };

struct formula {
	enum formula_kind kind;
	struct atom atom;
	formula_id left, right;
};

struct formulas;

struct formulas *formulas_new(void);
void formulas_free(struct formulas *formulas);
struct formula formulas_get(const struct formulas *formulas, formula_id id);
formula_id formulas_atom(struct formulas *formulas, const struct atom *atom);
/* Do both ask the same? */
bool formulas_same_atom(const struct atom *left, const struct atom *right);

formula_id formulas_not(struct formulas *formulas, formula_id operand);
formula_id formulas_and(struct formulas *formulas, formula_id left, formula_id right);
formula_id formulas_or(struct formulas *formulas, formula_id left, formula_id right);

/* `formula` with unknown read as true, now and at the callers: its atoms become guards. */
formula_id formulas_soften(struct formulas *formulas, formula_id formula);

#endif

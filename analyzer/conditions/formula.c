/* The table of formulas. Three-valued logic after Kleene: unknown and false is false. */
#include "analyzer/conditions/formula.h"

struct formulas {
	GArray *rows;      /* struct formula */
	GHashTable *known; /* row number as pointer -> itself, compared by content */
};

/* GHashTable's callbacks get no user data, so keys are copies of the rows. */
static guint formula_hash(gconstpointer key)
{
	const struct formula *f = key;

	return (guint)f->kind * 31u + (guint)f->atom.kind * 131u + f->atom.param * 65537u +
	       f->atom.field * 8191u + (guint)f->atom.number * 2654435761u +
	       GPOINTER_TO_UINT(f->atom.name) + f->atom.guard * 7u + f->atom.negated * 11u +
	       f->left * 40503u + f->right * 69069u;
}

bool formulas_same_atom(const struct atom *left, const struct atom *right)
{
	return left->kind == right->kind && left->param == right->param &&
	       left->field == right->field && left->number == right->number &&
	       left->name == right->name && left->guard == right->guard &&
	       left->negated == right->negated;
}

static gboolean formula_equal(gconstpointer left, gconstpointer right)
{
	const struct formula *a = left, *b = right;

	return a->kind == b->kind && a->left == b->left && a->right == b->right &&
	       formulas_same_atom(&a->atom, &b->atom);
}

static formula_id add(struct formulas *formulas, const struct formula *formula)
{
	gpointer value;

	if (g_hash_table_lookup_extended(formulas->known, formula, NULL, &value))
		return GPOINTER_TO_UINT(value);
	g_array_append_vals(formulas->rows, formula, 1);
	g_hash_table_insert(formulas->known, g_memdup2(formula, sizeof(*formula)),
			    GUINT_TO_POINTER(formulas->rows->len - 1));
	return formulas->rows->len - 1;
}

struct formulas *formulas_new(void)
{
	struct formulas *formulas = g_new0(struct formulas, 1);
	struct formula constant = {.kind = FORMULA_CONSTANT};

	formulas->rows = g_array_new(FALSE, FALSE, sizeof(struct formula));
	formulas->known = g_hash_table_new_full(formula_hash, formula_equal, g_free, NULL);
	for (formula_id id = FORMULA_FALSE; id <= FORMULA_UNKNOWN; id++) {
		constant.atom.number = id;
		(void)add(formulas, &constant);
	}
	return formulas;
}

void formulas_free(struct formulas *formulas)
{
	if (!formulas)
		return;
	g_array_free(formulas->rows, TRUE);
	g_hash_table_destroy(formulas->known);
	g_free(formulas);
}

struct formula formulas_get(const struct formulas *formulas, formula_id id)
{
	return g_array_index(formulas->rows, struct formula, id);
}

formula_id formulas_atom(struct formulas *formulas, const struct atom *atom)
{
	struct formula f = {.kind = FORMULA_ATOM, .atom = *atom};

	return add(formulas, &f);
}

static bool are_opposite(const struct formulas *formulas, formula_id left, formula_id right)
{
	struct formula a = formulas_get(formulas, left), b = formulas_get(formulas, right);

	if (a.kind != FORMULA_ATOM || b.kind != FORMULA_ATOM)
		return false;
	a.atom.negated = !a.atom.negated;
	return formula_equal(&a, &b);
}

/* The number that the atom says its place is, if it is one. */
static bool says_number(const struct atom *atom, int64_t *ret_number)
{
	*ret_number = atom->kind == CONDITION_EQUAL ? atom->number : 0;
	return !atom->negated && (atom->kind == CONDITION_EQUAL || atom->kind == CONDITION_ZERO);
}

/* Can both not hold: one is the opposite of the other, or the place would be two numbers? */
static bool are_apart(const struct formulas *formulas, formula_id left, formula_id right)
{
	struct formula a = formulas_get(formulas, left), b = formulas_get(formulas, right);
	int64_t one, two;

	return are_opposite(formulas, left, right) ||
	       (a.kind == FORMULA_ATOM && b.kind == FORMULA_ATOM && a.atom.param == b.atom.param &&
		a.atom.field == b.atom.field && says_number(&a.atom, &one) &&
		says_number(&b.atom, &two) && one != two);
}

/* Does `formula`, or something that must hold for it, exclude `atom`? */
static bool excludes(const struct formulas *formulas, formula_id formula, formula_id atom)
{
	struct formula f = formulas_get(formulas, formula);

	return f.kind == FORMULA_AND
		       ? excludes(formulas, f.left, atom) || excludes(formulas, f.right, atom)
		       : are_apart(formulas, formula, atom);
}

/* `absorbing` is the constant that decides: false for and, true for or. */
static formula_id join(struct formulas *formulas, enum formula_kind kind, formula_id left,
		       formula_id right)
{
	formula_id absorbing = kind == FORMULA_AND ? FORMULA_FALSE : FORMULA_TRUE;
	formula_id neutral = kind == FORMULA_AND ? FORMULA_TRUE : FORMULA_FALSE;
	struct formula f = {.kind = kind, .left = MIN(left, right), .right = MAX(left, right)};

	if (left == absorbing || right == absorbing)
		return absorbing;
	if (left == neutral || left == right)
		return right;
	if (right == neutral)
		return left;
	if (kind == FORMULA_AND ? excludes(formulas, left, right) || excludes(formulas, right, left)
				: are_opposite(formulas, left, right))
		return absorbing;
	/* x and (x and y) is x and y; x and (x or y) is x; x and (not x or y) is x and y */
	for (int i = 0; i < 2; i++) {
		formula_id one = i ? f.right : f.left, two = i ? f.left : f.right;
		struct formula other = formulas_get(formulas, two);

		if (other.kind != FORMULA_AND && other.kind != FORMULA_OR)
			continue;
		if (other.left == one || other.right == one)
			return other.kind == kind ? two : one;
		if (other.kind != kind && are_opposite(formulas, other.left, one))
			return join(formulas, kind, one, other.right);
		if (other.kind != kind && are_opposite(formulas, other.right, one))
			return join(formulas, kind, one, other.left);
	}
	return add(formulas, &f);
}

formula_id formulas_not(struct formulas *formulas, formula_id operand)
{
	struct formula f;
	formula_id left, right;

	if (operand == FORMULA_UNKNOWN)
		return FORMULA_UNKNOWN;
	if (operand == FORMULA_TRUE || operand == FORMULA_FALSE)
		return operand == FORMULA_TRUE ? FORMULA_FALSE : FORMULA_TRUE;
	f = formulas_get(formulas, operand);
	if (f.kind == FORMULA_ATOM) {
		f.atom.negated = !f.atom.negated;
		return add(formulas, &f);
	}
	left = formulas_not(formulas, f.left);
	right = formulas_not(formulas, f.right);
	return join(formulas, f.kind == FORMULA_AND ? FORMULA_OR : FORMULA_AND, left, right);
}

formula_id formulas_and(struct formulas *formulas, formula_id left, formula_id right)
{
	return join(formulas, FORMULA_AND, left, right);
}

formula_id formulas_or(struct formulas *formulas, formula_id left, formula_id right)
{
	return join(formulas, FORMULA_OR, left, right);
}

formula_id formulas_soften(struct formulas *formulas, formula_id formula)
{
	struct formula f = formulas_get(formulas, formula);
	formula_id left;

	if (formula == FORMULA_UNKNOWN)
		return FORMULA_TRUE;
	if (f.kind == FORMULA_ATOM) {
		f.atom.guard = true;
		return add(formulas, &f);
	}
	if (f.kind != FORMULA_AND && f.kind != FORMULA_OR)
		return formula;
	left = formulas_soften(formulas, f.left);
	return join(formulas, f.kind, left, formulas_soften(formulas, f.right));
}

/* What stands in a model file about contracts: how a start fails, what must live until it has
 * ended, what a continuation is told. */
#include <string.h>

#include "analyzer/models/model_tables.h"

static const char *const matters_words[] = {"much", "some", "little", NULL};
static const char *const fails_words[] = {"never", "negative", "nonzero", "zero", NULL};
static const char *const kept_words[] = {"request", "handle", "buffer", "data", NULL};

/* The status that a continuation is told. */

static const struct model_key status_keys[] = {
	{"param", MODEL_KEY_ARGUMENT, offsetof(struct model_status, param)},
	{"field", MODEL_KEY_TEXT, offsetof(struct model_status, field)},
	{"finish", MODEL_KEY_TEXT, offsetof(struct model_status, finish)},
	{"matters", MODEL_KEY_WORD, offsetof(struct model_status, matters), matters_words},
	{NULL},
};

static bool finish_status(struct model_reader *reader, const struct yaml_node *node, void *row,
			  GError **error)
{
	return ((struct model_status *)row)->param >= 0 ||
	       yaml_tree_complain(reader->tree, node, 0, error, "a status says its param");
}

const struct model_map model_status_map = {
	.what = "a status",
	.keys = status_keys,
	.size = sizeof(struct model_status),
	.initial = &(const struct model_status){.param = -1},
	.finish = finish_status,
};

/* What must live on. */

static const struct model_key kept_keys[] = {
	{"arg", MODEL_KEY_ARGUMENT, offsetof(struct model_kept, arg)},
	{"as", MODEL_KEY_WORD, offsetof(struct model_kept, as), kept_words},
	{"when", MODEL_KEY_CONDITION, offsetof(struct model_kept, when)},
	{"field", MODEL_KEY_TEXT, offsetof(struct model_kept, field)},
	{NULL},
};

static bool finish_kept(struct model_reader *reader, const struct yaml_node *node, void *row,
			GError **error)
{
	return (((struct model_kept *)row)->arg >= 0 && model_map_find(node, "as")) ||
	       yaml_tree_complain(reader->tree, node, 0, error,
				  "what is kept says its arg and as what");
}

static const struct model_map kept_map = {
	.what = "what is kept",
	.keys = kept_keys,
	.size = sizeof(struct model_kept),
	.row_size = sizeof(struct model_kept),
	.initial = &(const struct model_kept){.arg = MODEL_ABSENT},
	.finish = finish_kept,
};

/* The contract. */

#define CONTRACT(member) offsetof(struct model_contract, member)

static const struct model_key contract_keys[] = {
	{"fails", MODEL_KEY_WORD, CONTRACT(fails), fails_words},
	{"refuses", MODEL_KEY_WORD, CONTRACT(refuses), fails_words},
	{"fails-seldom", MODEL_KEY_FLAG, CONTRACT(fails_seldom)},
	{"fails-when", MODEL_KEY_CONDITION, CONTRACT(fails_when)},
	{"keeps", MODEL_KEY_MAPS, CONTRACT(keeps), NULL, &kept_map, CONTRACT(keep_count)},
	{"releases", MODEL_KEY_ARGUMENT, CONTRACT(releases)},
	{"frees", MODEL_KEY_ARGUMENT, CONTRACT(frees)},
	{"wraps", MODEL_KEY_ARGUMENT, CONTRACT(wraps)},
	{"holds", MODEL_KEY_ARGUMENT, CONTRACT(holds)},
	{"drops", MODEL_KEY_ARGUMENT, CONTRACT(drops)},
	{"fault", MODEL_KEY_CONDITION, CONTRACT(fault)},
	{"completes", MODEL_KEY_ARGUMENT, CONTRACT(completes)},
	{"makes-task", MODEL_KEY_FLAG, CONTRACT(makes_task)},
	{"announces", MODEL_KEY_ARGUMENT, CONTRACT(announces)},
	{"retracts", MODEL_KEY_ARGUMENT, CONTRACT(retracts)},
	{"binds", MODEL_KEY_ARGUMENT, CONTRACT(binds)},
	{"skips-success", MODEL_KEY_CONDITION, CONTRACT(skips_success)},
	{"tells-error", MODEL_KEY_FLAG, CONTRACT(tells_error)},
	{"status-in", MODEL_KEY_ARGUMENT, CONTRACT(status_in)},
	{"status-field", MODEL_KEY_TEXT, CONTRACT(status_field)},
	{"makes-thread-safe", MODEL_KEY_FLAG, CONTRACT(makes_thread_safe)},
	{NULL},
};

static bool finish_contract(struct model_reader *reader, const struct yaml_node *node, void *row,
			    GError **error)
{
	const struct model_contract *contract = row;

	return (contract->status_in >= 0) == (contract->status_field != NULL) ||
	       yaml_tree_complain(reader->tree, node, 0, error,
				  "status-in and status-field belong together");
}

const struct model_map model_contract_map = {
	.what = "a contract",
	.keys = contract_keys,
	.size = sizeof(struct model_contract),
	.initial = &(const struct model_contract)MODEL_NO_CONTRACT,
	.finish = finish_contract,
};

int model_contract_last_argument(const struct model_contract *contract)
{
	const int arguments[] = {contract->releases,  contract->frees,    contract->completes,
				 contract->announces, contract->retracts, contract->binds,
				 contract->status_in, contract->holds,    contract->wraps,
				 contract->drops};
	int last = contract->fails_when ? condition_last_argument(contract->fails_when) : -1;

	if (contract->skips_success)
		last = MAX(last, condition_last_argument(contract->skips_success));
	if (contract->fault)
		last = MAX(last, condition_last_argument(contract->fault));
	for (guint i = 0; i < G_N_ELEMENTS(arguments); i++)
		last = MAX(last, arguments[i]);
	for (guint i = 0; i < contract->keep_count; i++)
		last = MAX(last, contract->keeps[i].arg);
	return last;
}

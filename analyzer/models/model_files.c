/* What stands in a model file about files: who opens, writes, renames and closes them. */
#include "analyzer/models/model_tables.h"

static const char *const amount_words[] = {"bytes", "text", "copy", NULL};

static const struct model_key file_keys[] = {
	{"opens", MODEL_KEY_ARGUMENT, offsetof(struct model_file, opens)},
	{"writes", MODEL_KEY_ARGUMENT, offsetof(struct model_file, writes)},
	{"size", MODEL_KEY_ARGUMENT, offsetof(struct model_file, size)},
	{"times", MODEL_KEY_ARGUMENT, offsetof(struct model_file, times)},
	{"amount", MODEL_KEY_WORD, offsetof(struct model_file, amount), amount_words},
	{"renames", MODEL_KEY_ARGUMENT, offsetof(struct model_file, renames)},
	{"to", MODEL_KEY_ARGUMENT, offsetof(struct model_file, to)},
	{"keeps-name", MODEL_KEY_FLAG, offsetof(struct model_file, keeps_name)},
	{"same-as", MODEL_KEY_ARGUMENT, offsetof(struct model_file, same_as)},
	{"closes", MODEL_KEY_ARGUMENT, offsetof(struct model_file, closes)},
	{NULL},
};

static bool finish_file(struct model_reader *reader, const struct yaml_node *node, void *row,
			GError **error)
{
	const struct model_file *file = row;

	if ((file->renames >= 0) != (file->to >= 0))
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "renames and to belong together");
	if (file->writes < 0 && (file->size >= 0 || file->amount != MODEL_AMOUNT_BYTES))
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "size and amount are of what it writes");
	return true;
}

const struct model_map model_file_use_map = {
	.what = "what it does with a file",
	.keys = file_keys,
	.size = sizeof(struct model_file),
	.initial = &(const struct model_file)MODEL_NO_FILE,
	.finish = finish_file,
};

int model_file_last_argument(const struct model_file *file)
{
	const int arguments[] = {file->opens,   file->writes, file->size,    file->times,
				 file->renames, file->to,     file->same_as, file->closes};
	int last = -1;

	for (guint i = 0; i < G_N_ELEMENTS(arguments); i++)
		last = MAX(last, arguments[i]);
	return last;
}

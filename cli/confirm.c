/* contlint confirm: traces that were made elsewhere, joined with the findings. */
#include "cli/command.h"
#include "cli/joining.h"

static int run(int argc, char **argv);

const struct command command_confirm = {
	.name = "confirm",
	.arguments = "[OPTION…] TRACE…",
	.summary = "say what traces made elsewhere tell about the findings",
	.run = run,
};

static int confirm(struct joining *joining, int argc, char **argv)
{
	g_autoptr(GPtrArray) traces = g_ptr_array_new();
	int code;

	if (argc < 2) {
		cli_error("confirm takes at least one trace; programs that use cport write them "
			  "with CONTLINT_TRACE=FILE");
		return CLI_USAGE;
	}
	code = joining_open(joining);
	if (code != CLI_OK)
		return code;
	for (int i = 1; i < argc; i++)
		g_ptr_array_add(traces, argv[i]);
	joining->keep_paths = true;
	return joining_conclude(joining, traces, stdout);
}

static int run(int argc, char **argv)
{
	struct joining joining;
	const GOptionEntry entries[] = {
		JOINING_ENTRIES(&joining),
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int code = CLI_USAGE;

	joining_init(&joining);
	if (cli_parse(&command_confirm, entries, &argc, &argv, NULL))
		code = confirm(&joining, argc, argv);
	joining_clear(&joining);
	return code;
}

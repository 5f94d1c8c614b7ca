/* Ctrl-C while workers are running. The one mutable global of cli/: a signal handler has nothing
 * else to write to. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t caught;

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static void note(int number)
{
	caught = number;
}

static void set_handlers(void (*handler)(int))
{
	/* Without SA_RESTART: the workers' poll() must come back at once. */
	struct sigaction action = {.sa_handler = handler};

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction old;

		/* nohup and background jobs of a script ignore them: so do we. */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		(void)sigaction(signals[i], &action, NULL);
	}
}

void interrupt_catch(void)
{
	caught = 0;
	set_handlers(note);
}

void interrupt_release(void)
{
	set_handlers(SIG_DFL);
}

int interrupt_signal(void)
{
	return caught;
}

bool interrupt_asked(void *data)
{
	(void)data;
	return caught != 0;
}

/* The progress line. Ten times a second at most: a terminal is slower than a cached unit. */
#include "cli/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/command.h"
#include "reports/terminal.h"

enum { BETWEEN_US = 100000, USUAL_WIDTH = 80 };

static const char erase[] = "\r\033[K";

void progress_init(struct progress *progress, bool quiet)
{
	*progress = (struct progress){.on = !quiet && isatty(STDERR_FILENO)};
}

static guint terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return USUAL_WIDTH;
	return size.ws_col;
}

/* The end of a path says more than its start. */
static void append_end(GString *out, const char *label, guint width)
{
	g_autoptr(GString) plain = g_string_new(NULL);
	const char *start;
	glong length;

	(void)terminal_append(plain, label);
	length = g_utf8_strlen(plain->str, -1);
	if (length <= (glong)width) {
		g_string_append(out, plain->str);
	} else if (width > 3) {
		start = g_utf8_offset_to_pointer(plain->str, length - (glong)width + 1);
		g_string_append_printf(out, "…%s", start);
	}
}

void progress_format(const struct workers_progress *state, guint width, GString *out)
{
	double rate = state->seconds > 0 ? state->done / state->seconds : 0;
	guint left = rate > 0 ? (guint)((state->total - state->done) / rate + 0.5) : 0;
	gsize start = out->len;
	guint used;

	g_string_append_printf(out, "%u/%u units", state->done, state->total);
	if (state->done > 0 && state->seconds >= 1)
		g_string_append_printf(out, ", %.1f/s, %u:%02u left", rate, left / 60, left % 60);
	if (state->failed > 0)
		g_string_append_printf(out, ", %u failed", state->failed);
	used = (guint)(out->len - start);
	if (used + 2 < width) {
		g_string_append(out, "  ");
		append_end(out, state->label, width - used - 2);
	}
}

void progress_show(const struct workers_progress *state, void *data)
{
	struct progress *progress = data;
	gint64 now = g_get_monotonic_time();
	g_autoptr(GString) line = NULL;

	if (!progress->on || (progress->shown && now - progress->last_us < BETWEEN_US))
		return;
	progress->last_us = now;
	progress->shown = true;
	line = g_string_new(erase);
	progress_format(state, terminal_width() - 1, line);
	(void)fputs(line->str, stderr);
	(void)fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		(void)fputs(erase, stderr);
	(void)fflush(stderr);
	progress->shown = false;
}

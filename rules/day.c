/* Days as people write them into files. */
#include "rules/day.h"

#include <glib.h>
#include <string.h>

bool day_is_one(const char *text)
{
	g_autofree char *whole = g_strconcat(text, "T00:00:00Z", NULL);
	g_autoptr(GDateTime) day = NULL;

	if (strlen(text) == strlen("2027-01-01"))
		day = g_date_time_new_from_iso8601(whole, NULL);
	return day != NULL;
}

char *day_in(int days)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autoptr(GDateTime) then = g_date_time_add_days(now, days);

	return then ? g_date_time_format(then, "%Y-%m-%d") : g_strdup("9999-12-31");
}

char *day_today(void)
{
	return day_in(0);
}

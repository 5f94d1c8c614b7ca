/* Days as people write them into files: 2027-01-01, in UTC. */
#ifndef CONTLINT_RULES_DAY_H
#define CONTLINT_RULES_DAY_H

#include <stdbool.h>

/* True if `text` is a day of the calendar, and nothing else. */
bool day_is_one(const char *text);

/* Today, or the day that is `days` from now. Days compare as text. Caller frees. */
char *day_today(void);
char *day_in(int days);

#endif

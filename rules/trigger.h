/* What the loop does for those who leave something unread: does it report the rest again? */
#ifndef CONTLINT_RULES_TRIGGER_H
#define CONTLINT_RULES_TRIGGER_H

#include "analyzer/program.h"

/* How the descriptors of a program are registered; the later, the less is reported again. */
enum trigger {
	TRIGGER_LEVEL,   /* as long as something is there */
	TRIGGER_UNCLEAR, /* it cannot be read off at one of the registrations at least */
	TRIGGER_EDGE,    /* once until all is taken, one of them at least */
};

enum trigger trigger_of(const struct program *program);

#endif

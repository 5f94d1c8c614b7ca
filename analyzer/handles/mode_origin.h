/* What a person wants to know of a finding about a mode: where the descriptor or handle got it, and
 * whether the continuation is called because it is ready. */
#ifndef CONTLINT_ANALYZER_HANDLES_MODE_ORIGIN_H
#define CONTLINT_ANALYZER_HANDLES_MODE_ORIGIN_H

#include "analyzer/paths.h"

struct mode_origin {
	uint32_t function;
	fact_id event;                          /* the call that made it */
	const struct model_mode_effect *effect; /* what its model says */
	/* The call that made a handle over it, as SSL_set_fd() does, if `is_carried`. */
	uint32_t carrier_function;
	fact_id carrier_event;
	bool is_carried;
};

/* The call that made the descriptor or handle of `site` blocking, on the way that `path` takes
 * where it passes parameters. False if there is no one call, or the site's condition is not about a
 * mode or not proven. */
bool modes_origin(const struct program *program, const struct sink_site *site,
		  const struct path *path, struct mode_origin *ret_origin);

/* Is `value`, as it is at `event` of `function`, a handle in `mode` (an interned string) whenever
 * the event is reached? A formula over the function's parameters. */
formula_id modes_is_handle(const struct program *program, uint32_t function, fact_id event,
			   fact_id value, const char *mode);

/* The call that made it so, as above; `path` leads to `function`. */
bool modes_handle_origin(const struct program *program, uint32_t function, fact_id event,
			 fact_id value, const char *mode, const struct path *path,
			 struct mode_origin *ret_origin);

/* Is the continuation called because a descriptor has become ready? */
bool modes_is_readiness(const struct program *program, uint32_t registration);

#endif

/* The way of a finding, told in steps: what every rule that starts at a continuation shares. */
#ifndef CONTLINT_RULES_TRAIL_H
#define CONTLINT_RULES_TRAIL_H

#include "analyzer/paths.h"
#include "analyzer/program.h"
#include "rules/finding.h"

/* Where locs row `loc` of `unit` is, up to `end` if both are in one file. Strings are the caller's.
 */
void trail_locate(const struct program *program, uint32_t unit, fact_id loc, fact_id end,
		  struct finding_place *ret_place);

/* A step in `function` at `event`; at the head of the function if the event is FACT_NONE, at file
 * scope if the function is PROGRAM_NONE. Takes `message`. */
void trail_add(struct finding *finding, const struct program *program, enum finding_step_kind kind,
	       uint32_t function, uint32_t unit, fact_id event, char *message);

/* Where the continuation is registered, and its head: "on the I/O thread", "on a worker". */
void trail_add_registration(struct finding *finding, const struct program *program,
			    const struct program_registration *registration);

void trail_add_call(struct finding *finding, const struct program *program,
		    const struct program_edge *edge);

/* Registration and calls of a path, without what stands at its end. */
void trail_add_path(struct finding *finding, const struct program *program,
		    const struct path *path);

/* The other ways to where `path` ends, each as a way of the finding; to be called when its score is
 * known: of what nobody is shown they are not worth the search. */
void trail_add_ways(struct finding *finding, const struct program *program,
		    const struct path *path);

/* "on_read (registered with event_new at a.c:3) -> helper -> here", to `text`. Of a long chain the
 * ends only; the steps have the rest. */
void trail_append_chain(const struct program *program, const struct path *path, GString *text);

/* What a finding in `file` is worth, 0 to 1: less in a folder of tests, mocks or benchmarks. */
double trail_test_weight(const char *file);

/* How long the function may hold its thread as it says itself, nanoseconds; 0 if it does not. */
gint64 trail_budget_ns(const struct program *program, uint32_t function);

/* What a condition of the sink that holds is worth: less than 1 where it is an estimate. */
double trail_known_weight(const struct sink_site *site);

/* What an undecided condition of the sink is worth, 0 to 1. */
double trail_unknown_weight(const struct sink_site *site);

/* How long the sink waits if that is a constant, nanoseconds; -1 if it is not. */
gint64 trail_constant_wait(const struct program *program, const struct sink_site *site);

/* What a score from 0 to 1 is called. */
enum finding_confidence trail_confidence(double score);

/* Of two findings at one place (equal `key`) the surer one stays in `findings`, and counts the
 * other's continuations. `known`, keys to places in `findings`, frees its keys. Takes `key` and
 * `finding`. */
void trail_keep_surest(GHashTable *known, GPtrArray *findings, char *key, struct finding *finding);

#endif

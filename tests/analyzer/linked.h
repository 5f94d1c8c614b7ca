/* For tests of linking: C sources in, a linked program out. */
#ifndef CONTLINT_TESTS_ANALYZER_LINKED_H
#define CONTLINT_TESTS_ANALYZER_LINKED_H

#include "analyzer/extract/extract.h"
#include "analyzer/program.h"

struct linked {
	char *root; /* temporary folder */
	struct extractor *extractor;
	GPtrArray *facts; /* struct facts * */
	struct models *models;
	struct program *program;
};

/* Writes the NULL-terminated pairs (file name, text), extracts each and links all of them with a
 * small model of an imaginary library (see linked.c). Fails the test on any error. */
struct linked *linked_new(const char *name, ...) G_GNUC_NULL_TERMINATED;
void linked_free(struct linked *linked);
typedef struct linked linked_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(linked_t, linked_free)

/* The function called `name`, which must be just one. */
uint32_t linked_function(const struct linked *linked, const char *name);

/* Contexts of that function. */
uint32_t linked_contexts(const struct linked *linked, const char *name);

/* How many sinks of any kind an I/O continuation reaches inside `function`; *ret_verdict (may be
 * NULL) is the best path's. */
guint linked_sinks(const struct linked *linked, const char *function, uint32_t *ret_verdict);

/* How certain the calls on the best path to the first sink of `function` are, 0 to 1. */
double linked_certainty(const struct linked *linked, const char *function);

/* Declarations of the imaginary library, for the head of a source. */
#define LINKED_LIBRARY                                                                             \
	"typedef void lib_cb(void *data);\n"                                                       \
	"typedef void (*lib_done_cb)(void *data);\n"                                               \
	"struct lib_ops { int kind; lib_cb *ready; lib_cb *other; };\n"                            \
	"void lib_register(int fd, lib_cb *cb, void *data);\n"                                     \
	"void lib_offload(lib_cb *work, lib_cb *after);\n"                                         \
	"void lib_each(void *list, lib_cb *each);\n"                                               \
	"void lib_unknown(lib_done_cb done);\n"                                                    \
	"void lib_sleep(int seconds);\n"                                                           \
	"void lib_receive(int fd, int flags);\n"                                                   \
	"int lib_open(const char *name, lib_done_cb done);\n"                                      \
	"int lib_wait(int loop, int timeout);\n"                                                   \
	"int lib_fork(void);\n"                                                                    \
	"void lib_exit(int code);\n"                                                               \
	"void lib_implement(const void *table);\n"                                                 \
	"int lib_make(const char *name);\n"                                                        \
	"void lib_remove(const char *name);\n"                                                     \
	"int lib_on_loop(void);\n"                                                                 \
	"struct lib_mutex { int state; };\n"                                                       \
	"void lib_lock(struct lib_mutex *m);\n"                                                    \
	"void lib_share(struct lib_mutex *m);\n"                                                   \
	"int lib_try(struct lib_mutex *m);\n"                                                      \
	"void lib_unlock(struct lib_mutex *m);\n"                                                  \
	"void lib_wait_with(int *object, struct lib_mutex *m);\n"                                  \
	"void lib_wake(int *object);\n"                                                            \
	"void lib_count(int *object, int count);\n"

#endif

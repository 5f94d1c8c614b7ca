/* What is known about libraries: read from rules/models/ and from the YAML files of the user.
 *
 * No function name of any library stands in C code: what a function does to a thread is a row in a
 * YAML file that can be checked against the library's manual and, by a test, its header. */
#ifndef CONTLINT_ANALYZER_MODELS_MODEL_H
#define CONTLINT_ANALYZER_MODELS_MODEL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Where a callback runs. */
enum model_context {
	MODEL_CONTEXT_IO,
	MODEL_CONTEXT_WORKER, /* a pool's or its own thread: an offload edge */
	MODEL_CONTEXT_SIGNAL,
	MODEL_CONTEXT_SAME,  /* called synchronously, in the context of the caller (qsort) */
	MODEL_CONTEXT_CHILD, /* in a forked child */
};

enum model_calls { MODEL_CALLS_MANY, MODEL_CALLS_ONCE, MODEL_CALLS_AT_MOST_ONCE };

/* What a sink does; each rule reads one or a few kinds. */
enum model_kind {
	MODEL_WAIT, /* sleeps, joins, waits for others without bound */
	MODEL_LOCK, /* takes a lock */
	MODEL_DNS,
	MODEL_SOCKET,    /* reads, writes, connects, accepts on a descriptor */
	MODEL_FILE_SYNC, /* durability: fsync and the like */
	MODEL_FILE_BULK, /* unlink, truncate, directory walks, copies */
	MODEL_FILE,      /* one cheap system call on a file */
	MODEL_PROCESS,   /* fork, spawn, wait for a child, system() */
	MODEL_LIBRARY,   /* a library call that does network or disk I/O and waits */
	MODEL_STDIO,
	MODEL_LOOP,      /* runs an event loop */
	MODEL_SYNC_MODE, /* an asynchronous call asked to be synchronous (callback is null) */
	MODEL_COMPUTE,   /* heavy or linear computation */
	MODEL_KIND_COUNT
};

const char *model_kind_name(enum model_kind kind); /* as written in YAML: "file-sync" */

/* How long: the facts' classes. */
enum model_class { MODEL_W3, MODEL_W2, MODEL_W1, MODEL_L, MODEL_C2, MODEL_C1 };

enum condition_kind {
	CONDITION_TRUE, /* always */
	CONDITION_FALSE,
	CONDITION_UNKNOWN,        /* cannot be decided by reading; text says what it depends on */
	CONDITION_NULL,           /* arg is null */
	CONDITION_ZERO,           /* arg is 0 */
	CONDITION_EQUAL,          /* arg == number */
	CONDITION_LESS,           /* arg < number */
	CONDITION_FLAG,           /* (arg & number) == number, number != 0 */
	CONDITION_ZERO_TIME,      /* arg points to a time of {0, 0} (timeval, timespec) */
	CONDITION_POINTEE_FLAG,   /* field `name` of *arg has the bits of number (hints.ai_flags) */
	CONDITION_POINTEE_EQUAL,  /* arg points to an integer that is number */
	CONDITION_FD_BLOCKING,    /* arg is a descriptor in blocking mode, not a regular file */
	CONDITION_FD_NONBLOCKING, /* arg is a descriptor in nonblocking mode */
	CONDITION_FD_REGULAR,     /* arg is a descriptor of a regular file */
	CONDITION_HANDLE,  /* arg is a handle whose mode is `name` (see model_function.sets_mode) */
	CONDITION_STRING,  /* arg is a string constant equal to `name` */
	CONDITION_ADDRESS, /* arg is a string constant that is a numeric address, IPv4 or IPv6 */
	CONDITION_STREAM,  /* arg is the FILE * named `name` ("stdin") */
	CONDITION_BEGINS,  /* arg is seen to be a text that begins with `name` */
	CONDITION_OPEN,    /* the calling function has the file that arg names open, or has given it
			    * another name */
	CONDITION_BULKY,   /* arg names a file that the program fills piece by piece */
	CONDITION_FD_BULKY, /* arg is a descriptor of such a file */
	CONDITION_ASKED,    /* the calling function has called `name` with arg before */
	CONDITION_AFTER,    /* `name` may have been called on the way from the continuation */
	CONDITION_NOT,
	CONDITION_AND,
	CONDITION_OR,
	CONDITION_UNLESS, /* left, and not right; not knowing the right one means no */
};

/* A condition over the arguments of a call. Arguments count from 0. */
struct condition {
	enum condition_kind kind;
	int arg; /* -1 where none */
	int64_t number;
	const char *name; /* interned, or NULL */
	const struct condition *left, *right;
	const char *text; /* as written, for messages; interned */
};

/* How much it costs not to look at the status of a completion. */
enum model_matters { MODEL_MATTERS_MUCH, MODEL_MATTERS_SOME, MODEL_MATTERS_LITTLE };

/* What a continuation is told about how its operation ended. */
struct model_status {
	int param;          /* the parameter that says it, or leads to it; -1: none */
	const char *field;  /* the field behind that parameter, or NULL */
	const char *finish; /* suffix of the function that must take the parameter, or NULL */
	enum model_matters matters;
};

/* What an argument of a start is that must live until the continuation has run. */
enum model_kept_as { MODEL_KEPT_REQUEST, MODEL_KEPT_HANDLE, MODEL_KEPT_BUFFER, MODEL_KEPT_DATA };

struct model_kept {
	int arg;
	enum model_kept_as as;
	const struct condition *when; /* NULL: always */
	const char *field; /* what this field of it points to is kept, not itself; or NULL */
};

/* Results that mean: it was not started, the continuation never runs. */
enum model_failure {
	MODEL_FAILS_NEVER,
	MODEL_FAILS_NEGATIVE,
	MODEL_FAILS_NONZERO,
	MODEL_FAILS_ZERO /* 0, FALSE or NULL */
};

/* What caller and library owe each other about a continuation. */
struct model_contract {
	enum model_failure fails;
	enum model_failure refuses; /* results of a call that only prepares: it keeps nothing */
	bool fails_seldom;          /* only for wrong arguments or without memory */
	const struct condition *fails_when; /* NULL: always */
	const struct model_kept *keeps;
	guint keep_count;
	int releases; /* argument whose operation has ended when the call returns, or -1 */
	int frees;    /* argument whose memory is gone then, or -1 */
	int wraps;    /* argument that the pointer in the result is, as uv_buf_init(), or -1 */
	int holds;    /* argument, an object that one more holds from now on; also the result */
	int drops;    /* argument, an object that one less holds from now on, or -1 */
	const struct condition *fault; /* it tells of a fault of the program, or NULL */
	int completes;   /* argument, a task, whose continuation this call calls or orders */
	bool makes_task; /* the result is such a task, to be completed once */
	int announces;   /* argument, an I/O object, on which a start is announced */
	int retracts;    /* argument on which an announced start is taken back */
	int binds;       /* argument, a handle, whose starts are to be announced from now on */
	const struct condition *skips_success; /* no completion after success at once, or NULL */
	bool tells_error;                      /* the result is the error of the last failed call */
	int status_in;                         /* argument that receives a completion, or -1 */
	const char *status_field; /* the field of the completion that says how it ended */
	bool makes_thread_safe;   /* after it the functions of the library may be called anywhere */
};

/* A parameter (or a field of the record that a parameter points to) that takes a callback. */
struct model_continuation {
	int arg;           /* argument that is the function, or that points to the record */
	const char *field; /* NULL, or "record.field" in which the function stands, or "*": every
			    * function in the record is one (a listener, a table of requests) */
	enum model_context context;
	enum model_calls calls;
	const struct condition *when; /* NULL: always */
	struct model_status status;
	bool shared_pool; /* worker: on one of few threads that all the work shares */
	const struct condition *may_run_long; /* the pool is told that this one may take long */
	int ready_arg; /* it is called when the descriptor or handle in this argument is ready; -1:
			* not for that */
	int fd_param;  /* its parameter that is this descriptor, or one of mode `fd_mode`; -1: none
			*/
	int fd_mode;   /* enum model_mode of that; MODEL_MODE_UNKNOWN: of argument ready_arg */
};

/* One more argument that the size of a computation is multiplied by. */
struct model_times {
	int arg;
};
#define MODEL_TIMES 2 /* at most */

struct model_sink {
	enum model_kind kind;
	enum model_class class;
	const struct condition *when; /* CONDITION_TRUE if always */
	const char *instead;          /* what to do instead, or NULL */
	const char *note;             /* why it may block, or NULL */
	int size_arg; /* compute: argument that is its size or iteration count, or -1 */
	int over_arg; /* compute: argument that points to what it goes over, or -1 */
	const struct model_times *times; /* compute: the size is that argument times these */
	guint times_count;
	const char *size_field; /* compute: the field of what argument 0 points to that is its
				 * size, or NULL */
	int string_arg;     /* compute: argument that is a string whose length is the size, or -1 */
	int64_t units;      /* compute: nanoseconds for one of the size, or for all; 0: not said */
	int64_t call_units; /* compute: nanoseconds for a call, beside those for its size */
	bool appends;       /* compute: each call makes what `string_arg` says longer */
	bool sorting;       /* compute: n log n of its size */
	int duration_arg;   /* wait: argument that is the duration, or -1 */
	bool takes_ready;   /* does not wait for the first time once the descriptor is ready */
	int64_t duration_unit_ns; /* nanoseconds that one unit of it means; 0 if duration_arg is -1
				   * or points to a timeval or timespec, -1 if it says when the
				   * wait ends, and not how long it is */
	bool awaits_child;        /* process: it does nothing but wait for a child to end */
};

/* What a call does to a descriptor or a handle. */
enum model_mode {
	MODEL_MODE_UNKNOWN,
	MODEL_MODE_NONBLOCKING,
	MODEL_MODE_BLOCKING,
	MODEL_MODE_REGULAR,
	MODEL_MODE_PLAIN /* blocking, if it is no regular file */
};
struct model_mode_effect {
	int arg;     /* the argument that it changes; -1: the result */
	bool points; /* the argument points to the descriptor(s) or the handle: pipe2(fds, …) */
	enum model_mode mode;
	const struct condition *when; /* the effect holds if; NULL: always. Else `otherwise` */
	enum model_mode otherwise;    /* MODEL_MODE_UNKNOWN: the call changes nothing then */
	enum model_mode unclear;      /* what an undecided condition mostly means */
	const char *handle_mode; /* NULL for descriptors; else the name used by CONDITION_HANDLE.
				  * `mode` is the same where the name is one of a descriptor */
	int from_arg; /* the handle is as the descriptor in argument n is (SSL_set_fd); -1: no */
	bool from_handle; /* argument n is another handle */
	const char *note; /* what a person should know about it, or NULL */
};

const char *model_mode_name(enum model_mode mode); /* as written in YAML: "nonblocking" */

/* What a call does with a lock. */
enum model_lock_use {
	MODEL_LOCK_ACQUIRE,
	MODEL_LOCK_RELEASE,
	MODEL_LOCK_WAIT, /* gives it back while it waits, and has it again when it returns */
};
enum model_result { MODEL_RESULT_ANY, MODEL_RESULT_ZERO, MODEL_RESULT_NONZERO };
struct model_lock {
	int arg; /* the lock, or a pointer to it */
	enum model_lock_use use;
	bool shared;              /* several may hold it together: a reader's lock */
	enum model_result result; /* it is taken only if the call returns this: trylock */
};

/* An object that somebody waits for is made to let one go on: a condition variable, a semaphore. */
struct model_wake {
	int arg;
	const struct condition *when; /* NULL: always */
};

/* For model_function.reads_into. */
#define MODEL_READS_NOTHING (-2)

/* Memory that a call copies (memcpy): the arguments that point to it, -1 if it copies none. */
struct model_copy {
	int to, from;
};

/* A function found by its name at run time (dlsym): the argument that is the name, -1 if it finds
 * none, and the argument that points to where the function is put, -1 if it is the result. */
struct model_lookup {
	int name, to;
};

/* A callback that an object keeps from then on, to call it some day: what frees the values of a
 * table. Arguments; `in` is -1 if the object is the result. */
struct model_carried {
	int arg, in;
};

/* How much a call writes. */
enum model_amount {
	MODEL_AMOUNT_BYTES, /* what one buffer has */
	MODEL_AMOUNT_TEXT,  /* a line or so */
	MODEL_AMOUNT_COPY,  /* what another file or a peer has */
};

/* What a call does with a file: arguments, -1 where it does no such thing. */
struct model_file {
	int opens;       /* the name of the file whose descriptor or stream is the result */
	int writes;      /* the descriptor or stream that is written to */
	int size, times; /* of that: the number of bytes is their product */
	enum model_amount amount;
	int renames, to; /* the file of the first name has the other one then */
	bool keeps_name; /* and the first one too: link */
	int same_as;     /* the result is another handle of this one's file: fdopen, fileno */
	int closes;
};

struct model_function {
	const char *name;           /* interned */
	const char *library;        /* interned */
	const char *const *aliases; /* NULL-terminated; open64, __recv_chk, __isoc99_scanf */
	const char *file;           /* YAML file and line, for `models verify` and messages */
	unsigned line;
	unsigned arg_count; /* arguments of the prototype; G_MAXUINT if not said */
	const struct model_continuation *continuations;
	guint continuation_count;
	const struct model_sink *sinks;
	guint sink_count;
	const struct model_mode_effect *effects;
	guint effect_count;
	struct model_contract contract;
	const struct model_lock *locks;
	guint lock_count;
	const struct model_wake *wakes;
	guint wake_count;
	int waits_for_arg;             /* waits without bound until this object is woken, or -1 */
	const struct condition *waits; /* the call is a loop's wait if; NULL: it is no wait */
	int wait_count_arg; /* argument that says for how many descriptors (poll), or -1 */
	struct model_copy copies;
	struct model_lookup finds;
	const struct model_carried *carries;
	guint carry_count;
	int runs_carried; /* argument, an object whose callbacks it may call; -1: none */
	struct model_file on_file;
	bool runs_loop; /* dispatches callbacks before it returns (uv_run) */
	const struct condition *runs_loop_when; /* NULL: always */
	bool thread_safe;                       /* may be called from any thread */
	bool loop_api;       /* belongs to the loop's thread: loop-api-from-worker */
	bool main_thread;    /* belongs to the main thread, whatever it is called with */
	bool called_by_loop; /* a loop outside the program calls it: it is a continuation itself */
	bool noreturn;
	const char *begins; /* how the text that is its result begins; interned, or NULL */
	bool never_null;    /* its result, a pointer, is never NULL */
	bool submits;       /* starts an I/O whose completion comes later: the pump */
	const struct condition *submits_when; /* NULL: always */
	bool forks;                           /* returns 0 in a child: fork() */
	bool clock;                           /* tells the time */
	bool allocates; /* its result is a block of memory that nobody else has */
	int empties;    /* argument, a container of which it frees every element; -1: none */
	const struct condition *empties_when; /* NULL: always */
	int fills;        /* argument, a container that it adds an element to; -1: none */
	bool reads_lines; /* reads a stream as text */
	bool drains;      /* takes one of what is ready, as long as there is one: recv, accept */
	int reads_into;   /* argument that gets what a peer sent, -1 the result; MODEL_READS_NOTHING
			   */
	const struct condition *edge_triggered; /* registers for one report until all is taken */
	bool pauses;           /* waits a moment without sleeping for something: sched_yield */
	bool may_run_long;     /* tells the pool that what follows holds the thread */
	bool context_test;     /* true result means: this is the loop's thread */
	bool thread_identity;  /* the result tells the calling thread from others */
	bool process_identity; /* the result tells the calling process from others */
	bool own_result;       /* completion-free result proves readiness (PQisBusy): reserved */
	bool variadic;         /* more arguments than arg_count may follow */
	bool optional; /* not in every version of the header: the header check allows that */
};

struct model_field {
	const char *record; /* tag or typedef name, "uv_process_options_s" */
	const char *field;
	const char *library;
	enum model_context context;
	enum model_calls calls;
	bool dispatches; /* it calls the handlers of a source of events of the program's own */
	struct model_status status;
	const char *file;
	unsigned line;
};

/* A callback typedef: a function passed or stored as this type is a continuation. */
struct model_typedef {
	const char *name;
	const char *library;
	enum model_context context;
	enum model_calls calls;
	struct model_status status;
	const char *file;
	unsigned line;
};

struct models;

/* Reads every *.yaml in each of `directories` (char *, or a file; later ones win over earlier
 * ones). An unknown key, a wrong type or a bad condition is an error with file:line:column and,
 * where there is a near name, "did you mean". */
struct models *models_load(const char *const *directories, GError **error);
void models_free(struct models *models);
typedef struct models models_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(models_t, models_free)

/* Borrowed, NULL if not modelled. Aliases are found too. */
const struct model_function *models_function(const struct models *models, const char *name);
const struct model_field *models_field(const struct models *models, const char *record,
				       const char *field);
const struct model_typedef *models_typedef(const struct models *models, const char *name);

/* All of them, in order of name. */
const GPtrArray *models_functions(const struct models *models); /* struct model_function * */
const GPtrArray *models_fields(const struct models *models);    /* struct model_field * */
const GPtrArray *models_typedefs(const struct models *models);  /* struct model_typedef * */
const GPtrArray *models_libraries(const struct models *models); /* struct model_library * */

/* Words in the names of parameters and types that make a callback a completion, which is called
 * once: NULL-terminated. */
const char *const *models_completion_words(const struct models *models);

/* Names of types whose pointers say what went wrong: a call that takes the address of one as its
 * last argument sets it if it fails, and then returns NULL, 0 or something negative. */
const char *const *models_error_types(const struct models *models);

struct model_library {
	const char *name;
	const char *const *headers;    /* NULL-terminated: "uv.h" */
	const char *const *pkg_config; /* NULL-terminated packages for the test, may be empty */
	const char *offload;           /* what to use to move work off the loop, or NULL */
	bool many_threads;             /* its continuations run on several threads at a time */
	const char *platform;          /* "windows" where the library is of one system, or NULL */
	const char *const *defines;    /* NULL-terminated "NAME=VALUE" that its headers need */
};

/* A number that conditions may name. */
struct model_constant {
	const char *name;
	const char *library;
	int64_t number;
};

/* All of them, in order of library and name. */
const GPtrArray *models_constants(const struct models *models); /* struct model_constant * */

/* As written in YAML: "io", "once", "W3". */
const char *model_context_name(enum model_context context);
const char *model_calls_name(enum model_calls calls);
const char *model_class_name(enum model_class class);

/* SHA-256 of the files that models_load() would read, hex, without parsing them; goes into a run's
 * row. NULL and `error` if one cannot be read. Caller frees. */
char *models_hash(const char *const *directories, GError **error);

GQuark models_error_quark(void);
#define MODELS_ERROR (models_error_quark())
enum models_error { MODELS_ERROR_READ }; /* what stands in a file: YAML_TREE_ERROR */

#endif

/* One worker process, both ends of it.
 *
 * A request is the number of a unit, an answer one packet, with a memory file beside it that holds
 * the facts. The parent copies them out of that file before it looks at them. */
#include "analyzer/units/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "analyzer/extract/extract.h"
#include "analyzer/units/workers.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif

enum { FACTS_LIMIT = 1 << 30, STACK_SIZE = 64 << 20 };

/* A forked process starts with the pages of its parent, who may by then hold the facts of many
 * units: `base_kib`. They are not the worker's. */
struct worker {
	pid_t pid;
	int socket;
	uint64_t base_kib;
};

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static uint32_t clock_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static uint64_t read_rss_kib(pid_t pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/statm", (int)pid);
	g_autofree char *text = NULL;
	unsigned long long pages;

	if (!g_file_get_contents(path, &text, NULL, NULL) || sscanf(text, "%*u %llu", &pages) != 1)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static uint64_t above(uint64_t kib, uint64_t base_kib)
{
	return kib > base_kib ? kib - base_kib : 0;
}

/* ---- the child ---- */

static void set_limit(int resource, rlim_t limit)
{
	struct rlimit now;

	if (getrlimit(resource, &now) < 0)
		return;
	now.rlim_cur = MIN(limit, now.rlim_max);
	(void)setrlimit(resource, &now);
}

#ifndef WITH_ASAN
/* Bytes of address space that the process has, the reserved heap among them; 0 if it is not known.
 */
static rlim_t mapped(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	(void)fclose(file);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}
#endif

/* Keeps a crash to this process: no core, no banner on the terminal, no crash handlers. */
static void isolate(int socket, pid_t parent, guint memory_mib)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGTERM};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)prctl(PR_SET_NAME, "contlint-worker");
	(void)prctl(PR_SET_DUMPABLE, 0);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		(void)dup2(null, fd);
	/* Other workers must see the end of their socket when the parent closes it. */
	if (dup2(socket, 3) == 3)
		(void)syscall(SYS_close_range, 4u, ~0u, 0u);
	for (size_t i = 0; i < G_N_ELEMENTS(fatal); i++)
		(void)signal(fatal[i], SIG_DFL);
	/* Ctrl-C goes to the whole group; the parent ends us when it has understood. */
	(void)signal(SIGINT, SIG_IGN);
	set_limit(RLIMIT_CORE, 0);
	set_limit(RLIMIT_STACK, STACK_SIZE);
#ifndef WITH_ASAN
	/* Address space is not memory: far above, for what grows faster than it is watched. */
	set_limit(RLIMIT_AS, mapped() + (((rlim_t)memory_mib * 2 + 1024) << 20));
#else
	(void)memory_mib;
#endif
	/* libclang would survive a crash half-way and give a wrong answer later. */
	(void)setenv("LIBCLANG_DISABLE_CRASH_RECOVERY", "1", 1);
}

/* A memory file with `bytes` in it, or -1. */
static int memory_file(GBytes *bytes)
{
	gsize size;
	const char *data = g_bytes_get_data(bytes, &size);
	int fd = memfd_create("contlint-facts", MFD_CLOEXEC);

	while (fd >= 0 && size > 0) {
		ssize_t r = write(fd, data, size);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			(void)close(fd);
			return -1;
		}
		data += r;
		size -= (gsize)r;
	}
	return fd;
}

static bool send_reply(int socket, const struct worker_reply *reply, int fd)
{
	union fd_message message = {0};
	struct iovec part = {.iov_base = (void *)reply, .iov_len = sizeof(*reply)};
	struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		packet.msg_control = &message;
		packet.msg_controllen = sizeof(message.space);
		message.header.cmsg_level = SOL_SOCKET;
		message.header.cmsg_type = SCM_RIGHTS;
		message.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&message.header), &fd, sizeof(fd));
	}
	return sendmsg(socket, &packet, MSG_NOSIGNAL) == sizeof(*reply);
}

/* Flags that can make clang refuse the whole command because only another compiler knows their
 * value. */
static const struct touchy_flag {
	const char *name;
	bool takes_next;
} touchy_flags[] = {
	{"-march="}, {"-mcpu="}, {"-mabi="},    {"-mfpu="},        {"-mfloat-abi="},
	{"-std="},   {"--std="}, {"--target="}, {"-target", true},
};

static const struct touchy_flag *find_touchy(const char *flag)
{
	for (size_t i = 0; i < G_N_ELEMENTS(touchy_flags); i++) {
		const struct touchy_flag *touchy = &touchy_flags[i];

		if (touchy->takes_next ? strcmp(flag, touchy->name) == 0
				       : g_str_has_prefix(flag, touchy->name))
			return touchy;
	}
	return NULL;
}

/* `unit` without those: what it says for this machine is better than nothing. */
static struct compdb_unit plain_unit(const struct compdb_unit *unit)
{
	struct compdb_unit plain = *unit;

	plain.flags = g_ptr_array_new();
	for (guint i = 0; i < unit->flags->len; i++) {
		const struct touchy_flag *touchy = find_touchy(unit->flags->pdata[i]);

		if (!touchy)
			g_ptr_array_add(plain.flags, unit->flags->pdata[i]);
		else if (touchy->takes_next)
			i++;
	}
	return plain;
}

static struct facts *extract(struct extractor *extractor, const struct compdb_unit *unit,
			     GError **error)
{
	g_autoptr(GError) first = NULL;
	struct facts *facts = extract_unit(extractor, unit, &first);
	struct compdb_unit plain;

	if (facts)
		return facts;
	plain = plain_unit(unit);
	if (plain.flags->len < unit->flags->len)
		facts = extract_unit(extractor, &plain, NULL);
	g_ptr_array_unref(plain.flags);
	if (!facts)
		g_propagate_error(error, g_steal_pointer(&first));
	return facts;
}

static bool answer(struct extractor *extractor, const struct compdb *compdb, uint32_t number,
		   const struct worker *self)
{
	struct worker_reply reply = {.unit = number};
	uint32_t wall = clock_ms(CLOCK_MONOTONIC);
	uint32_t cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	g_autoptr(GError) error = NULL;
	struct rusage usage;
	struct facts *facts;
	int fd = -1;
	bool sent;

	facts = extract(extractor, compdb->units->pdata[number], &error);
	if (facts) {
		g_autoptr(GBytes) bytes = facts_encode(facts);

		fd = memory_file(bytes);
		facts_free(facts);
	}
	if (fd < 0)
		(void)g_strlcpy(reply.problem,
				error ? error->message : "its facts do not fit into memory",
				sizeof(reply.problem));
	(void)getrusage(RUSAGE_SELF, &usage);
	reply.has_facts = fd >= 0;
	reply.wall_ms = clock_ms(CLOCK_MONOTONIC) - wall;
	reply.cpu_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	reply.peak_kib = (uint32_t)above((uint64_t)usage.ru_maxrss, self->base_kib);
	reply.rss_kib = (uint32_t)above(read_rss_kib(self->pid), self->base_kib);
	sent = send_reply(self->socket, &reply, fd);
	if (fd >= 0)
		(void)close(fd);
	return sent;
}

/* A unit takes tens of megabytes and gives them back, the next one takes them again: what is kept
 * costs no page faults. That saves about 5 % of the processor time. */
static void keep_memory(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
	(void)mallopt(M_TOP_PAD, 16 << 20);
#endif
}

static G_NORETURN void run(const struct compdb *compdb, int socket)
{
	const struct worker self = {
		.pid = getpid(), .socket = socket, .base_kib = read_rss_kib(getpid())};
	struct extractor *extractor = extractor_new(compdb->root, NULL);
	uint32_t number;

	keep_memory();
	while (extractor) {
		ssize_t r = recv(socket, &number, sizeof(number), 0);

		if (r < 0 && errno == EINTR)
			continue;
		if (r != sizeof(number) || number >= compdb->units->len)
			break;
		if (!answer(extractor, compdb, number, &self))
			break;
	}
	/* Not exit(): what the parent had registered is not ours to run. */
	_exit(0);
}

/* ---- the parent ---- */

struct worker *worker_start(const struct compdb *compdb, guint memory_mib, GError **error)
{
	struct worker *worker;
	pid_t parent = getpid();
	int sockets[2];
	pid_t pid;

	if (!extract_load(error))
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		g_set_error(error, WORKERS_ERROR, WORKERS_ERROR_START,
			    "worker process: cannot be started: %s", g_strerror(errno));
		return NULL;
	}
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0) {
		g_set_error(error, WORKERS_ERROR, WORKERS_ERROR_START,
			    "worker process: cannot be started: %s", g_strerror(errno));
		(void)close(sockets[0]);
		(void)close(sockets[1]);
		return NULL;
	}
	if (pid == 0) {
		isolate(sockets[1], parent, memory_mib);
		run(compdb, 3);
	}
	(void)close(sockets[1]);
	worker = g_new0(struct worker, 1);
	worker->pid = pid;
	worker->socket = sockets[0];
	worker->base_kib = read_rss_kib(parent);
	return worker;
}

bool worker_give(struct worker *worker, uint32_t unit)
{
	return send(worker->socket, &unit, sizeof(unit), MSG_NOSIGNAL) == sizeof(unit);
}

int worker_fd(const struct worker *worker)
{
	return worker->socket;
}

static GBytes *read_facts(int fd)
{
	struct stat status;
	g_autofree char *bytes = NULL;
	gsize size = 0;

	if (fstat(fd, &status) < 0 || status.st_size > FACTS_LIMIT)
		return NULL;
	bytes = g_malloc((gsize)status.st_size + 1);
	while (size < (gsize)status.st_size) {
		ssize_t r = pread(fd, bytes + size, (gsize)status.st_size - size, (off_t)size);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return NULL;
		size += (gsize)r;
	}
	return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

enum worker_answer worker_receive(struct worker *worker, struct worker_reply *ret_reply,
				  GBytes **ret_facts)
{
	union fd_message message;
	struct worker_reply reply;
	struct iovec part = {.iov_base = &reply, .iov_len = sizeof(reply)};
	struct msghdr packet = {.msg_iov = &part,
				.msg_iovlen = 1,
				.msg_control = &message,
				.msg_controllen = sizeof(message.space)};
	const struct cmsghdr *header;
	GBytes *facts = NULL;
	ssize_t r;
	int fd = -1;

	do
		r = recvmsg(worker->socket, &packet, MSG_CMSG_CLOEXEC);
	while (r < 0 && errno == EINTR);
	header = r > 0 ? CMSG_FIRSTHDR(&packet) : NULL;
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	if (fd >= 0) {
		facts = read_facts(fd);
		(void)close(fd);
	}
	if (r != sizeof(reply)) {
		g_clear_pointer(&facts, g_bytes_unref);
		return WORKER_DIED;
	}
	reply.problem[sizeof(reply.problem) - 1] = '\0';
	reply.has_facts = facts != NULL;
	*ret_reply = reply;
	*ret_facts = facts;
	return WORKER_REPLIED;
}

uint64_t worker_rss_kib(const struct worker *worker)
{
	return above(read_rss_kib(worker->pid), worker->base_kib);
}

void worker_stop(struct worker *worker, struct worker_end *ret_end)
{
	struct rusage usage = {0};
	int status = 0;
	pid_t r;

	(void)kill(worker->pid, SIGKILL);
	do
		r = wait4(worker->pid, &status, 0, &usage);
	while (r < 0 && errno == EINTR);
	if (ret_end)
		*ret_end = (struct worker_end){
			.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
			.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
			.peak_kib = above((uint64_t)usage.ru_maxrss, worker->base_kib),
			.cpu_ms =
				(uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
				(uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000,
		};
	(void)close(worker->socket);
	g_free(worker);
}

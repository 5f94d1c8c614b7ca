/* The signal handler of the audit, and what it must not do itself.
 *
 * While the handler runs the thread's calls are let through, so that it can make them freely. On
 * its way out the return from the signal is a system call itself, which the kernel allows from one
 * range of code only: ours, below. Some calls cannot be made from inside a handler, because the end
 * of the handler undoes them, or because they come back on another stack. Those are made after it,
 * from a gate in the same range: the call, then a jump to where the program expected to be. */
#include "audit.h"

#include "internal.h"
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__) && defined(PR_SET_SYSCALL_USER_DISPATCH) && !defined(CPORT__TSAN)

enum { GATES = 16, GATE_SIZE = 8, USER_DISPATCH = 2 /* si_code; not in glibc */ };

/* Where each gate leads: the address behind the call that it stands for. */
uint64_t cport__audit_exits[GATES];

extern const char cport__audit_code[], cport__audit_gates[], cport__audit_code_end[];
extern const char cport__audit_return[];

/* The range that the kernel lets through. It looks at the address behind the call, so code of the
 * range follows each one. */
__asm__(".pushsection .text\n"
	".globl cport__audit_code, cport__audit_return, cport__audit_gates, cport__audit_code_end\n"
	".hidden cport__audit_code, cport__audit_return, cport__audit_gates, "
	"cport__audit_code_end\n"
	".hidden cport__audit_exits\n"
	".balign 64\n"
	"cport__audit_code:\n"
	"cport__audit_return:\n"
	"	mov $15, %eax\n" /* rt_sigreturn */
	"	syscall\n"
	"	hlt\n"
	".balign 8\n"
	"cport__audit_gates:\n"
	".set gate, 0\n"
	".rept 16\n"
	"	syscall\n"
	"	jmp *(cport__audit_exits + gate)(%rip)\n"
	".set gate, gate + 8\n"
	".endr\n"
	"cport__audit_code_end:\n"
	"	hlt\n"
	".popsection\n");

/* ---- writing a call down ----------------------------------------------------------------- */

/* Calls whose first argument is a descriptor, of those whose cost depends on what it is. */
static bool takes_descriptor(int number)
{
	static const short numbers[] = {
		SYS_read,      SYS_write,      SYS_pread64,   SYS_pwrite64,  SYS_readv,
		SYS_writev,    SYS_preadv,     SYS_pwritev,   SYS_preadv2,   SYS_pwritev2,
		SYS_recvfrom,  SYS_sendto,     SYS_recvmsg,   SYS_sendmsg,   SYS_recvmmsg,
		SYS_sendmmsg,  SYS_accept,     SYS_accept4,   SYS_connect,   SYS_fsync,
		SYS_fdatasync, SYS_flock,      SYS_ftruncate, SYS_fallocate, SYS_sendfile,
		SYS_splice,    SYS_getdents64, SYS_close,     SYS_fcntl,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* Its kind and whether it blocks, as struct contlint_trace_call says. */
static uint32_t describe(int number, uint64_t argument)
{
	struct stat stat;
	int flags;

	if (!takes_descriptor(number) || fstat((int)argument, &stat) < 0)
		return 0;
	flags = fcntl((int)argument, F_GETFL);
	return (stat.st_mode & S_IFMT) |
	       (flags >= 0 && flags & O_NONBLOCK ? CONTLINT_TRACE_NONBLOCKING : 0);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	return (hash ^ word) * 0x9e3779b97f4a7c15u;
}

static void keep_stack(struct contlint_trace_area *area, struct contlint_trace_call *call)
{
	if (area->stack_count < area->stack_capacity)
		call->stack = ++area->stack_count;
	else
		area->stacks_refused++;
}

static bool is_same(const struct contlint_trace_call *a, const struct contlint_trace_call *b)
{
	return a->function == b->function && a->pc == b->pc && a->way == b->way &&
	       a->syscall == b->syscall && a->descriptor == b->descriptor;
}

/* The place of `wanted` in the table, made if there is none yet; NULL when there is no room. */
static struct contlint_trace_call *find_call(struct contlint_trace_area *area,
					     const struct contlint_trace_call *wanted)
{
	struct contlint_trace_call *calls = (void *)((char *)area + area->calls_offset);
	uint64_t place = mix(mix(wanted->way, wanted->function), wanted->pc) >> 32;

	for (uint32_t i = 0; i < area->call_capacity; i++) {
		struct contlint_trace_call *call = &calls[(place + i) % area->call_capacity];

		if (call->function == 0) {
			*call = *wanted;
			keep_stack(area, call);
			return call;
		}
		if (is_same(call, wanted))
			return call;
	}
	area->calls_refused++;
	return NULL;
}

static struct contlint_trace_call *note_call(struct cport_context *ctx, int number,
					     uint64_t argument)
{
	struct contlint_trace_area *area = ctx->pen.area;
	const struct contlint_trace_stack *stack = cport__stack_draft(area, &ctx->audit.at);
	uintptr_t base = ctx->audit.base;
	const struct contlint_trace_call wanted = {
		.function = area->current_function,
		.pc = ctx->audit.at.pc,
		.way = cport__stack_way(cport__trace_header(ctx->port->trace), stack,
					base > stack->at.sp ? base - stack->at.sp : 0),
		.syscall = number,
		.descriptor = describe(number, argument),
	};

	return find_call(area, &wanted);
}

/* ---- making it --------------------------------------------------------------------------- */

/* The end of the handler puts back the mask that is in `uc`, so that one is changed. SIGSYS stays
 * open: the kernel would end a process that blocks it and makes a call. */
static int64_t change_mask(ucontext_t *uc)
{
	const greg_t *registers = uc->uc_mcontext.gregs;
	const void *wanted = (const void *)registers[REG_RSI];
	void *ret_before = (void *)registers[REG_RDX];
	uint64_t mask, set, open = ~(UINT64_C(1) << (SIGSYS - 1));

	if (registers[REG_R10] != sizeof(mask))
		return -EINVAL;
	memcpy(&mask, &uc->uc_sigmask, sizeof(mask));
	if (ret_before)
		memcpy(ret_before, &mask, sizeof(mask));
	if (!wanted)
		return 0;
	memcpy(&set, wanted, sizeof(set));
	if (registers[REG_RDI] == SIG_BLOCK)
		mask |= set;
	else if (registers[REG_RDI] == SIG_UNBLOCK)
		mask &= ~set;
	else if (registers[REG_RDI] == SIG_SETMASK)
		mask = set;
	else
		return -EINVAL;
	mask &= open;
	memcpy(&uc->uc_sigmask, &mask, sizeof(mask));
	return 0;
}

static int64_t make_call(int number, const greg_t *registers)
{
	long r = syscall(number, registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
			 registers[REG_R10], registers[REG_R8], registers[REG_R9]);

	return r == -1 ? -errno : r;
}

/* The gate that leads to `exit`; NULL when all are taken. */
static const char *find_gate(uint64_t exit)
{
	for (int i = 0; i < GATES; i++) {
		uint64_t found = 0;

		if (__atomic_compare_exchange_n(&cport__audit_exits[i], &found, exit, 0,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
		    found == exit)
			return cport__audit_gates + i * GATE_SIZE;
	}
	return NULL;
}

/* Has the call made after the handler. Without a gate the thread makes it where it stands, and the
 * rest of the continuation goes unseen. */
static bool postpone(struct cport_context *ctx, greg_t *registers, int number)
{
	const char *gate = find_gate((uint64_t)registers[REG_RIP]);

	registers[REG_RAX] = number;
	if (gate) {
		registers[REG_RIP] = (greg_t)(uintptr_t)gate;
		return true;
	}
	registers[REG_RIP] -= 2;
	ctx->pen.area->calls_refused++;
	return false;
}

/* Notes the call and makes it, or has it made. False: the thread's calls are to be let through. */
static bool attend(struct cport_context *ctx, ucontext_t *uc, int number)
{
	greg_t *registers = uc->uc_mcontext.gregs;
	struct contlint_trace_call *call;
	uint64_t start, ns;

	if (number == SYS_rt_sigreturn) { /* of another handler */
		registers[REG_RIP] = (greg_t)(uintptr_t)cport__audit_return;
		return true;
	}
	call = note_call(ctx, number, (uint64_t)registers[REG_RDI]);
	if (call)
		call->calls++;
	if (number == SYS_clone || number == SYS_clone3 || number == SYS_fork ||
	    number == SYS_vfork || number == SYS_exit || number == SYS_sigaltstack)
		return postpone(ctx, registers, number);
	start = cport__ticks();
	registers[REG_RAX] =
		number == SYS_rt_sigprocmask ? change_mask(uc) : make_call(number, registers);
	ns = (uint64_t)cport__ticks_ns(cport__ticks() - start);
	if (call) {
		call->total_ns += ns;
		call->max_ns = ns > call->max_ns ? ns : call->max_ns;
	}
	return true;
}

static void on_call(int number, siginfo_t *info, void *interrupted)
{
	struct cport_context *ctx = cport__self()->context;
	int error = errno;
	bool seen;

	if (info->si_code != USER_DISPATCH || !ctx) { /* not ours: as if we were not there */
		(void)signal(number, SIG_DFL);
		(void)raise(number);
		return;
	}
	ctx->audit.selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	(void)cport__sample_registers(&ctx->audit.at, interrupted);
	__atomic_store_n(&ctx->audit.turn, ctx->audit.turn + 1, __ATOMIC_RELEASE);
	seen = attend(ctx, interrupted, info->si_syscall);
	__atomic_store_n(&ctx->audit.turn, ctx->audit.turn + 1, __ATOMIC_RELEASE);
	errno = error;
	ctx->audit.selector = seen ? SYSCALL_DISPATCH_FILTER_BLOCK : SYSCALL_DISPATCH_FILTER_ALLOW;
}

/* ---- turning it on ----------------------------------------------------------------------- */

/* As the kernel has it; the C library would put its own way back into it. */
struct kernel_action {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	const char *restorer;
	uint64_t mask;
};

static int exchange_action(const struct kernel_action *action, struct kernel_action *ret_before)
{
	return (int)syscall(SYS_rt_sigaction, SIGSYS, action, ret_before, sizeof(action->mask));
}

static int dispatch(unsigned long what, volatile uint8_t *selector)
{
	bool on = what == PR_SYS_DISPATCH_ON;

	return prctl(PR_SET_SYSCALL_USER_DISPATCH, what, on ? cport__audit_code : NULL,
		     on ? (unsigned long)(cport__audit_code_end - cport__audit_code) : 0, selector);
}

/* Is it in the kernel? */
static bool is_supported(void)
{
	static volatile uint8_t open = SYSCALL_DISPATCH_FILTER_ALLOW;

	if (dispatch(PR_SYS_DISPATCH_ON, &open) < 0)
		return false;
	return dispatch(PR_SYS_DISPATCH_OFF, NULL) == 0;
}

/* The signal is the process's, so who uses it is counted there. */
static uint32_t users_lock;
static unsigned users;

/* Puts the handler where no other is. */
static bool install(void)
{
	const unsigned long has_restorer = 0x04000000;
	struct kernel_action before, action = {
					     .handler = on_call,
					     .flags = SA_SIGINFO | SA_RESTART | has_restorer,
					     .restorer = cport__audit_return,
					     .mask = UINT64_C(1) << (cport__sample_signal() - 1),
				     };

	if (exchange_action(NULL, &before) < 0)
		return false;
	if (before.handler == on_call)
		return true;
	return before.handler == NULL && is_supported() && exchange_action(&action, NULL) == 0;
}

/* Unless the program has put its own there meanwhile. */
static void uninstall(void)
{
	const struct kernel_action none = {.handler = NULL};
	struct kernel_action before;

	if (exchange_action(NULL, &before) == 0 && before.handler == on_call)
		(void)exchange_action(&none, NULL);
}

bool cport__audit_acquire(void)
{
	bool works;

	cport__lock(&users_lock);
	works = install();
	users += works;
	cport__unlock(&users_lock);
	return works;
}

void cport__audit_release(void)
{
	cport__lock(&users_lock);
	if (--users == 0)
		uninstall();
	cport__unlock(&users_lock);
}

void cport__audit_start(struct cport_context *ctx)
{
	struct contlint_trace_area *area = ctx->pen.area;

	if (!ctx->port->audit || !area)
		return;
	ctx->audit.selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	ctx->audit.works = dispatch(PR_SYS_DISPATCH_ON, &ctx->audit.selector) == 0;
	if (!ctx->audit.works)
		area->calls_refused++;
}

#else

bool cport__audit_acquire(void)
{
	return false;
}

void cport__audit_release(void)
{
}

void cport__audit_start(struct cport_context *ctx)
{
	(void)ctx;
}

#endif

bool cport__audit_where(const struct cport__audit *audit, struct contlint_trace_registers *ret_at)
{
	uint32_t turn = __atomic_load_n(&audit->turn, __ATOMIC_ACQUIRE);

	if (turn % 2 == 0)
		return false;
	*ret_at = audit->at;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&audit->turn, __ATOMIC_RELAXED) == turn;
}

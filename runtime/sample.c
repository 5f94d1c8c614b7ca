/* The handler runs on the thread that is asked; what it calls is safe there: a copy of memory by
 * system call, and stores into the thread's own mapped area. */
#include "sample.h"

#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <ucontext.h>

static int ready; /* constant after cport__sample_init() */
static pthread_once_t once = PTHREAD_ONCE_INIT;

int cport__sample_signal(void)
{
	return SIGRTMAX - 3;
}

#if defined(__x86_64__)

/* DWARF numbers 0 to 15, in the kernel's names. */
static const int dwarf_registers[16] = {
	REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
	REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static bool read_registers(struct contlint_trace_registers *at, const ucontext_t *interrupted)
{
	const greg_t *registers = interrupted->uc_mcontext.gregs;

	for (int i = 0; i < 16; i++)
		at->registers[i] = (uint64_t)registers[dwarf_registers[i]];
	at->registers[16] = at->pc = (uint64_t)registers[REG_RIP];
	at->sp = (uint64_t)registers[REG_RSP];
	at->mask = 0x1ffff;
	return true;
}

#else

static bool read_registers(struct contlint_trace_registers *at, const ucontext_t *interrupted)
{
	(void)at;
	(void)interrupted;
	return false;
}

#endif

static void write_sample(struct cport_context *ctx, const ucontext_t *interrupted)
{
	struct contlint_trace_registers at = {0};
	struct contlint_trace_record record = {.type = CONTLINT_TRACE_SAMPLE};

	if (!read_registers(&at, interrupted))
		return;
	at.tid = record.tid = ctx->pen.area->tid;
	record.ticks = cport__ticks();
	record.function = ctx->pen.area->current_function;
	record.u.seen.age_ns = (uint64_t)cport__ticks_ns(record.ticks - ctx->started);
	record.u.seen.syscall = -2;
	record.u.seen.pc = at.pc;
	record.u.seen.sequence = ctx->sequence;
	record.u.seen.stack = cport__pen_stack(&ctx->pen, &at);
	cport__pen_write(&ctx->pen, &record);
}

static void on_signal(int number, siginfo_t *info, void *interrupted)
{
	struct cport_context *ctx = cport__self()->context;
	int error = errno;

	(void)number;
	(void)info;
	if (ctx && ctx->started && ctx->pen.area && !ctx->pen.writing &&
	    ctx->pen.area->current_function)
		write_sample(ctx, interrupted);
	errno = error;
}

static void install(void)
{
	struct sigaction action = {.sa_flags = SA_RESTART | SA_SIGINFO}, before;

	if (sigaction(cport__sample_signal(), NULL, &before) < 0 || before.sa_handler != SIG_DFL)
		return;
	action.sa_sigaction = on_signal;
	sigfillset(&action.sa_mask);
	ready = sigaction(cport__sample_signal(), &action, NULL) == 0;
}

void cport__sample_init(void)
{
	pthread_once(&once, install);
}

void cport__sample_ask(uint32_t tid)
{
	if (ready)
		(void)syscall(SYS_tgkill, getpid(), tid, cport__sample_signal());
}

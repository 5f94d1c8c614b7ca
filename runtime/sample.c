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

bool cport__sample_registers(struct contlint_trace_registers *ret_at, const void *context)
{
	const ucontext_t *interrupted = context;
	const greg_t *registers = interrupted->uc_mcontext.gregs;

	*ret_at = (struct contlint_trace_registers){.mask = 0x1ffff};
	for (int i = 0; i < 16; i++)
		ret_at->registers[i] = (uint64_t)registers[dwarf_registers[i]];
	ret_at->registers[16] = ret_at->pc = (uint64_t)registers[REG_RIP];
	ret_at->sp = (uint64_t)registers[REG_RSP];
	return true;
}

#else

bool cport__sample_registers(struct contlint_trace_registers *ret_at, const void *context)
{
	(void)ret_at;
	(void)context;
	return false;
}

#endif

static void write_sample(struct cport_context *ctx, const ucontext_t *interrupted)
{
	struct contlint_trace_registers at = {0};
	struct contlint_trace_record record = {.type = CONTLINT_TRACE_SAMPLE};

	if (ctx->sampled_sequence != ctx->sequence)
		__atomic_store_n(&ctx->samples, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&ctx->samples, ctx->samples + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&ctx->sampled_sequence, ctx->sequence, __ATOMIC_RELEASE);
	if (!cport__sample_registers(&at, interrupted))
		return;
	at.tid = record.tid = ctx->pen.area->tid;
	record.ticks = cport__ticks();
	record.function = ctx->pen.area->current_function;
	record.u.seen.age_ns =
		(uint64_t)cport__ticks_ns(record.ticks - ctx->pen.area->current_start);
	record.u.seen.syscall = -2;
	record.u.seen.pc = at.pc;
	record.u.seen.sequence = ctx->trace_sequence;
	(void)cport__stack_draft(ctx->pen.area, &at);
	record.u.seen.stack = cport__stack_keep(
		ctx->pen.area, cport__trace_header(ctx->port->trace), record.function);
	if (__atomic_exchange_n(&ctx->stall_asked, false, __ATOMIC_RELAXED))
		record.type = CONTLINT_TRACE_STALL;
	cport__pen_write(&ctx->pen, &record);
}

static void on_signal(int number, siginfo_t *info, void *interrupted)
{
	struct cport_context *ctx = cport__self()->context;
	int error = errno;

	(void)number;
	(void)info;
	if (ctx && ctx->started && ctx->pen.area && !ctx->pen.writing &&
	    ctx->pen.area->current_function) {
		uint8_t selector = ctx->audit.selector;

		ctx->audit.selector = 0; /* our own calls are not the continuation's */
		write_sample(ctx, interrupted);
		ctx->audit.selector = selector;
	}
	errno = error;
}

static void install(void)
{
	struct sigaction action = {.sa_flags = SA_RESTART | SA_SIGINFO}, before;

	if (sigaction(cport__sample_signal(), NULL, &before) < 0 || before.sa_handler != SIG_DFL)
		return;
	action.sa_sigaction = on_signal;
	sigfillset(&action.sa_mask);
	sigdelset(&action.sa_mask, SIGSYS); /* an audit needs it to let the handler return */
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

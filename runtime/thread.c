/* The calling thread, as ports know it: created on first use, in thread-local memory, and
 * disassociated by a destructor when the thread ends (S18). */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

static _Thread_local struct cport__thread self;
static pthread_key_t exit_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_result;

static void leave_at_exit(void *thread)
{
	(void)thread;
	cport_leave();
}

static void make_key(void)
{
	once_result = -pthread_key_create(&exit_key, leave_at_exit);
	cport__lock_init();
}

int cport__thread_init(void)
{
	pthread_once(&once, make_key);
	return once_result;
}

/* Of what a thread does itself: blocked, they would end the process past the program's handler. */
static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};

int cport__thread_start(pthread_t *ret_thread, void *(*run)(void *), void *argument, int signal)
{
	sigset_t blocked, before;
	int r;

	sigfillset(&blocked);
	for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&blocked, faults[i]);
	if (signal)
		sigdelset(&blocked, signal);
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	r = pthread_create(ret_thread, NULL, run, argument);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

struct cport__thread *cport__self(void)
{
	return &self;
}

/* Ends the association under the lock of the port; the reference stays to be dropped. */
static void disassociate(struct cport *port)
{
	cport__lock(&port->lock);
	cport__core_leave(&port->core, &self.member);
	port->associated--;
	cport__unlock_and_wake(port);
}

void cport_leave(void)
{
	struct cport *port = self.port;

	if (!port)
		return;
	disassociate(port);
	self.port = NULL;
	__atomic_store_n(&self.block_depth, 0, __ATOMIC_RELAXED);
	pthread_setspecific(exit_key, NULL);
	cport__unref(port);
}

int cport__join(struct cport *port)
{
	if (self.port == port)
		return 0;
	cport_leave();
	if (pthread_setspecific(exit_key, &self) != 0)
		return -ENOMEM;
	cport__retain(port);
	self.port = port;
	cport__lock(&port->lock);
	port->associated++;
	cport__unlock(&port->lock);
	return 0;
}

/* Only this thread writes it; a monitor reads it. */
static void set_block_depth(uint32_t depth)
{
	__atomic_store_n(&self.block_depth, depth, __ATOMIC_RELAXED);
	__atomic_store_n(&self.block_changes, self.block_changes + 1, __ATOMIC_RELEASE);
}

void cport_block_begin(void)
{
	struct cport *port = self.port;

	if (!port)
		return;
	set_block_depth(self.block_depth + 1);
	if (self.block_depth > 1)
		return;
	if (port->backend)
		port->backend->flush(port);
	cport__lock(&port->lock);
	cport__core_block(&port->core, &self.member);
	cport__unlock_and_wake(port);
}

void cport_block_end(void)
{
	struct cport *port = self.port;

	if (!port || self.block_depth == 0)
		return;
	set_block_depth(self.block_depth - 1);
	if (self.block_depth > 0)
		return;
	cport__lock(&port->lock);
	cport__core_unblock(&port->core, &self.member);
	cport__unlock(&port->lock);
}

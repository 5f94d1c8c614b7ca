/* The frames of a captured stack, by the call frame information of the modules.
 *
 * Of a thread that slept only its pc and its stack pointer are known. That is enough for code
 * without frame pointers; where a function needs its own, it is looked for on the stack: the place
 * of a saved frame pointer has behind it a return address, and the call before that names the
 * function itself. Then unwinding goes on from there. Return addresses that just lie on the stack
 * are never taken for frames: they may be left over from calls that ended long before. */
#include "reports/traces/symbols_private.h"

#include <elfutils/version.h>
#include <string.h>

enum { FRAMES_MOST = 256, TRIES_MOST = 64 };

#if defined(__aarch64__)
enum { SP_REGISTER = 31, FP_REGISTER = 29 };
#else
enum { SP_REGISTER = 7, FP_REGISTER = 6 };
#endif

/* ---- libdwfl's view of the thread -------------------------------------------------------- */

static bool read_word(const struct contlint_trace_stack *stack, guint64 address, guint64 *ret_word)
{
	guint64 offset = address - stack->at.sp;

	if (address < stack->at.sp || stack->size < sizeof(*ret_word) ||
	    offset > stack->size - sizeof(*ret_word))
		return false;
	memcpy(ret_word, stack->bytes + offset, sizeof(*ret_word));
	return true;
}

static pid_t next_thread(Dwfl *dwfl, void *argument, void **thread)
{
	if (*thread)
		return 0;
	*thread = argument;
	return 1;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *argument, void **thread)
{
	*thread = argument;
	return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret_word, void *argument)
{
	const struct symbols *symbols = argument;
	guint64 word;

	if (!read_word(symbols->unwinding.stack, address, &word))
		return false;
	*ret_word = word;
	return true;
}

static bool set_register(Dwfl_Thread *thread, int number, guint64 value)
{
	Dwarf_Word word = value;

	return dwfl_thread_state_registers(thread, number, 1, &word);
}

static bool set_registers(Dwfl_Thread *thread, void *argument)
{
	const struct symbols *symbols = argument;
	const struct contlint_trace_registers *at = &symbols->unwinding.stack->at;

	for (int i = 0; i < 32; i++)
		if (at->mask >> i & 1 && i != SP_REGISTER)
			(void)set_register(thread, i, at->registers[i]);
	if (symbols->unwinding.frame_pointer != 0)
		(void)set_register(thread, FP_REGISTER, symbols->unwinding.frame_pointer);
	dwfl_thread_state_register_pc(thread, at->pc);
	return set_register(thread, SP_REGISTER, at->sp);
}

static guint64 stack_pointer(Dwfl_Frame *frame)
{
#if _ELFUTILS_PREREQ(0, 188)
	Dwarf_Word word;

	return dwfl_frame_reg(frame, SP_REGISTER, &word) == 0 ? word : 0;
#else
	(void)frame;
	return 0;
#endif
}

static int add_frame(Dwfl_Frame *frame, void *argument)
{
	struct symbols *symbols = argument;
	GArray *frames = symbols->unwinding.frames;
	struct unwound unwound = {.sp = stack_pointer(frame)};
	bool is_activation;
	Dwarf_Addr pc;

	if (!dwfl_frame_pc(frame, &pc, &is_activation) || frames->len >= FRAMES_MOST)
		return DWARF_CB_ABORT;
	unwound.pc = pc;
	unwound.place = is_activation ? pc : pc - 1;
	/* Outside of all modules nothing is certain. */
	if (frames->len > 0 && !dwfl_addrmodule(symbols->dwfl, unwound.place))
		return DWARF_CB_ABORT;
	g_array_append_val(frames, unwound);
	return DWARF_CB_OK;
}

static const Dwfl_Thread_Callbacks callbacks = {
	.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers,
};

/* True if the first frame of the thread was reached. */
static bool unwind_once(struct symbols *symbols, guint64 frame_pointer)
{
	g_array_set_size(symbols->unwinding.frames, 0);
	symbols->unwinding.frame_pointer = frame_pointer;
	if (!symbols->attached && !dwfl_attach_state(symbols->dwfl, NULL, 1, &callbacks, symbols))
		return false;
	symbols->attached = true;
	return dwfl_getthread_frames(symbols->dwfl, 1, add_frame, symbols) == 0;
}

/* ---- finding the frame pointer ----------------------------------------------------------- */

/* `size` bytes of code at `address`, from the file. */
static bool read_code(struct symbols *symbols, guint64 address, void *bytes, gsize size)
{
	Dwfl_Module *module = dwfl_addrmodule(symbols->dwfl, address);
	GElf_Addr offset = address, bias;
	Elf_Scn *section = module ? dwfl_module_address_section(module, &offset, &bias) : NULL;
	Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;

	if (!data || !data->d_buf || data->d_size < size || offset > data->d_size - size)
		return false;
	memcpy(bytes, (const char *)data->d_buf + offset, size);
	return true;
}

/* The function that the call before the return address `address` names; 0: none. */
static guint64 called_before(struct symbols *symbols, guint64 address)
{
	guint8 code[5];
	gint32 distance;

	if (address < sizeof(code) ||
	    !read_code(symbols, address - sizeof(code), code, sizeof(code)))
		return 0;
#if defined(__x86_64__)
	if (code[0] != 0xe8)
		return 0;
	memcpy(&distance, code + 1, sizeof(distance));
	return address + (guint64)(gint64)distance;
#else
	(void)distance;
	return 0;
#endif
}

static guint64 function_start(struct symbols *symbols, guint64 place)
{
	Dwfl_Module *module = dwfl_addrmodule(symbols->dwfl, place);
	GElf_Off offset;
	GElf_Sym symbol;

	if (!module || !dwfl_module_addrinfo(module, place, &offset, &symbol, NULL, NULL, NULL))
		return 0;
	return place - offset;
}

/* Tries what may be the frame pointer of the last frame that was found; true if unwinding then
 * goes where the stack says. */
static bool try_frame_pointer(struct symbols *symbols, guint64 address, guint known,
			      guint64 return_address, bool *ret_whole)
{
	GArray *frames = symbols->unwinding.frames;

	*ret_whole = unwind_once(symbols, address);
	return frames->len > known &&
	       g_array_index(frames, struct unwound, known).pc == return_address;
}

static bool find_frame_pointer(struct symbols *symbols, bool *ret_whole)
{
	bool whole_without = *ret_whole;
	const struct contlint_trace_stack *stack = symbols->unwinding.stack;
	GArray *frames = symbols->unwinding.frames;
	guint known = frames->len, tries = 0;
	struct unwound last = g_array_index(frames, struct unwound, known - 1);
	guint64 start = function_start(symbols, last.place);
	guint64 address = MAX(last.sp, stack->at.sp) & ~G_GUINT64_CONSTANT(7);
	guint64 saved, back;

	for (; start != 0 && tries < TRIES_MOST && read_word(stack, address, &saved) &&
	       read_word(stack, address + 8, &back);
	     address += 8) {
		if ((saved != 0 && saved <= address) || called_before(symbols, back) != start)
			continue;
		if (try_frame_pointer(symbols, address, known, back, ret_whole))
			return true;
		tries++;
	}
	(void)unwind_once(symbols, 0);
	*ret_whole = whole_without;
	return false;
}

static GArray *name_frames(struct symbols *symbols, const GArray *frames)
{
	GArray *names = g_array_new(FALSE, TRUE, sizeof(struct symbol));

	for (guint i = 0; i < frames->len; i++) {
		g_autoptr(GArray) here =
			symbols_at(symbols, g_array_index(frames, struct unwound, i).place);

		g_array_append_vals(names, here->data, here->len);
	}
	return names;
}

GArray *symbols_unwind(struct symbols *symbols, const struct contlint_trace_stack *stack,
		       enum symbols_method *ret_method)
{
	g_autoptr(GArray) frames = g_array_new(FALSE, FALSE, sizeof(struct unwound));
	bool whole = false, found = false;

	symbols->unwinding = (struct unwinding){.stack = stack, .frames = frames};
	if (symbols->dwfl) {
		whole = unwind_once(symbols, 0);
		/* libdwfl takes a frame pointer that it lacks for the end of the stack. */
		if (frames->len > 0 && !(stack->at.mask >> FP_REGISTER & 1))
			found = find_frame_pointer(symbols, &whole);
	}
	if (frames->len == 0) {
		const struct unwound first = {.pc = stack->at.pc, .place = stack->at.pc};

		g_array_append_val(frames, first);
	}
	symbols->unwinding = (struct unwinding){0};
	*ret_method = found ? SYMBOLS_FRAME_POINTER : whole ? SYMBOLS_UNWOUND : SYMBOLS_CUT;
	return name_frames(symbols, frames);
}

/* Names and lines of addresses. Modules are reported to libdwfl where the trace says that they
 * were, so that addresses of the process can be asked for as they are; position-independent ones
 * need nothing more. */
#include "reports/traces/symbols_private.h"

#include <dwarf.h>
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ------------------------------------------------------------------------------- */

enum fit { FIT_YES, FIT_OTHER_BUILD, FIT_UNREADABLE };

static enum fit compare_build(int fd, const struct contlint_trace_module *module)
{
	const void *id = NULL;
	enum fit fit = FIT_UNREADABLE;
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	ssize_t size;

	if (elf_kind(elf) == ELF_K_ELF) {
		size = dwelf_elf_gnu_build_id(elf, &id);
		fit = module->build_id_size == 0 && size <= 0 ? FIT_YES : FIT_OTHER_BUILD;
		if (size > 0 && (guint32)size == module->build_id_size &&
		    memcmp(id, module->build_id, (gsize)size) == 0)
			fit = FIT_YES;
	}
	(void)elf_end(elf);
	return fit;
}

/* The path comes from the trace: it may name a pipe or a device. */
static enum fit fits(const char *path, const struct contlint_trace_module *module)
{
	enum fit fit = FIT_UNREADABLE;
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return FIT_UNREADABLE;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		fit = compare_build(fd, module);
	(void)close(fd);
	return fit;
}

static char *debug_file_of(const char *folder, const struct contlint_trace_module *module)
{
	g_autoptr(GString) name = g_string_new(NULL);

	if (module->build_id_size < 2)
		return NULL;
	g_string_printf(name, "%s/.build-id/%02x/", folder, module->build_id[0]);
	for (guint i = 1; i < module->build_id_size; i++)
		g_string_append_printf(name, "%02x", module->build_id[i]);
	g_string_append(name, ".debug");
	return g_string_free(g_steal_pointer(&name), FALSE);
}

static bool report(struct symbols *symbols, const struct contlint_trace_module *module,
		   const char *path)
{
	return dwfl_report_elf(symbols->dwfl, path, path, -1, module->bias, true) != NULL;
}

static void add_module(struct symbols *symbols, const struct contlint_trace_module *module,
		       const char *debug_folder)
{
	g_autofree char *debug = debug_file_of(debug_folder, module);
	enum fit fit;

	if (module->path[0] != '/') /* the kernel's own */
		return;
	fit = fits(module->path, module);
	if (fit == FIT_YES && report(symbols, module, module->path))
		return;
	if (debug && fits(debug, module) == FIT_YES && report(symbols, module, debug))
		return;
	if (fit == FIT_OTHER_BUILD)
		symbols->rebuilt++;
	else
		symbols->unreadable++;
}

/* A file with several executable segments is several modules in a trace. */
static bool is_repeated(const GArray *modules, guint i)
{
	const struct contlint_trace_module *rows = (const void *)modules->data;

	for (guint j = 0; j < i; j++)
		if (rows[j].bias == rows[i].bias && strcmp(rows[j].path, rows[i].path) == 0)
			return true;
	return false;
}

struct symbols *symbols_new(const GArray *modules, const char *debug_folder)
{
	struct symbols *symbols = g_new0(struct symbols, 1);
	const char *folder = debug_folder ? debug_folder : "/usr/lib/debug";

	(void)elf_version(EV_CURRENT);
	symbols->texts = g_string_chunk_new(4096);
	/* Beside the file, in .debug beside it, and below the folder. */
	symbols->debug_path = g_strconcat(":.debug:", folder, NULL);
	symbols->callbacks = (Dwfl_Callbacks){
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &symbols->debug_path,
	};
	symbols->dwfl = dwfl_begin(&symbols->callbacks);
	if (!symbols->dwfl)
		return symbols;
	dwfl_report_begin(symbols->dwfl);
	for (guint i = 0; i < modules->len; i++)
		if (!is_repeated(modules, i))
			add_module(symbols,
				   &g_array_index(modules, struct contlint_trace_module, i),
				   folder);
	(void)dwfl_report_end(symbols->dwfl, NULL, NULL);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	if (symbols->dwfl)
		dwfl_end(symbols->dwfl);
	g_string_chunk_free(symbols->texts);
	g_free(symbols->debug_path);
	g_free(symbols);
}

guint symbols_unreadable(const struct symbols *symbols)
{
	return symbols->unreadable;
}

guint symbols_rebuilt(const struct symbols *symbols)
{
	return symbols->rebuilt;
}

/* ---- names ------------------------------------------------------------------------------- */

/* Debug information may hold any bytes. */
static const char *keep(struct symbols *symbols, const char *text)
{
	g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;

	return valid ? g_string_chunk_insert_const(symbols->texts, valid) : NULL;
}

static const char *keep_path(struct symbols *symbols, const char *path, const char *folder)
{
	g_autofree char *whole = NULL;

	if (!path || path[0] == '/' || !folder || folder[0] != '/')
		return keep(symbols, path);
	whole = g_canonicalize_filename(path, folder);
	return keep(symbols, whole);
}

static const char *folder_of(Dwarf_Die *unit)
{
	Dwarf_Attribute attribute;

	return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
}

/* What the symbol table says: name@VERSION for a versioned one. */
static void name_from_table(struct symbols *symbols, Dwfl_Module *module, guint64 address,
			    struct symbol *symbol)
{
	g_autofree char *name = g_strdup(dwfl_module_addrname(module, address));
	char *version = name ? strchr(name, '@') : NULL;

	if (version)
		*version = '\0';
	symbol->name = symbol->linkage = keep(symbols, name);
}

static void place_from_lines(struct symbols *symbols, Dwfl_Module *module, guint64 address,
			     struct symbol *symbol)
{
	Dwfl_Line *line = dwfl_module_getsrc(module, address);
	const char *path;
	int number = 0;

	if (!line)
		return;
	path = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	symbol->at_file = keep_path(symbols, path, dwfl_line_comp_dir(line));
	symbol->at_line = number > 0 ? (guint)number : 0;
}

/* Name and definition of a function or of its inlined instance. */
static void describe(struct symbols *symbols, Dwarf_Die *die, Dwarf_Die *unit,
		     struct symbol *symbol)
{
	const char *name = dwarf_diename(die);
	Dwarf_Attribute attribute;
	const char *linkage =
		dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
	int line = 0;

	if (name)
		symbol->name = keep(symbols, name);
	if (linkage)
		symbol->linkage = keep(symbols, linkage);
	symbol->file = keep_path(symbols, dwarf_decl_file(die), folder_of(unit));
	if (dwarf_decl_line(die, &line) == 0 && line > 0)
		symbol->line = (guint)line;
}

static guint number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value = 0;

	if (dwarf_formudata(dwarf_attr(die, name, &attribute), &value) != 0 || value > G_MAXINT)
		return 0;
	return (guint)value;
}

/* Where an inlined function was called: that is where its caller was. */
static void place_of_call(struct symbols *symbols, Dwarf_Die *die, Dwarf_Die *unit,
			  struct symbol *caller)
{
	Dwarf_Files *files;
	size_t count;
	guint number = number_of(die, DW_AT_call_file);

	caller->at_line = number_of(die, DW_AT_call_line);
	caller->at_file = NULL;
	if (dwarf_getsrcfiles(unit, &files, &count) == 0 && number < count)
		caller->at_file = keep_path(symbols, dwarf_filesrc(files, number, NULL, NULL),
					    folder_of(unit));
}

/* From the innermost scope outwards to the function. False if there is none. */
static bool add_scopes(struct symbols *symbols, Dwarf_Die *scopes, int count, Dwarf_Die *unit,
		       const struct symbol *base, GArray *frames)
{
	struct symbol next = *base;

	for (int i = 0; i < count; i++) {
		int tag = dwarf_tag(&scopes[i]);
		struct symbol symbol = next;

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		symbol.inlined = tag == DW_TAG_inlined_subroutine;
		if (symbol.inlined)
			symbol.name = symbol.linkage = NULL;
		describe(symbols, &scopes[i], unit, &symbol);
		g_array_append_val(frames, symbol);
		if (!symbol.inlined)
			return true;
		place_of_call(symbols, &scopes[i], unit, &next);
	}
	return false;
}

static bool add_from_debug(struct symbols *symbols, Dwfl_Module *module, const struct symbol *base,
			   GArray *frames)
{
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = dwfl_module_addrdie(module, base->pc, &bias);
	Dwarf_Die *scopes = NULL, *outer = NULL;
	int count = unit ? dwarf_getscopes(unit, base->pc - bias, &scopes) : 0;
	bool found = false;

	/* The scopes of an address lead into the abstract function from an inlined one on; those
	 * of the innermost of them lead to the real one. */
	if (count > 0) {
		count = dwarf_getscopes_die(&scopes[0], &outer);
		found = count > 0 && add_scopes(symbols, outer, count, unit, base, frames);
	}
	free(scopes);
	free(outer);
	return found;
}

GArray *symbols_at(struct symbols *symbols, guint64 address)
{
	GArray *frames = g_array_new(FALSE, TRUE, sizeof(struct symbol));
	Dwfl_Module *module = symbols->dwfl ? dwfl_addrmodule(symbols->dwfl, address) : NULL;
	struct symbol base = {.pc = address};

	if (module) {
		name_from_table(symbols, module, address, &base);
		place_from_lines(symbols, module, address, &base);
		if (add_from_debug(symbols, module, &base, frames))
			return frames;
		g_array_set_size(frames, 0);
	}
	g_array_append_val(frames, base);
	return frames;
}

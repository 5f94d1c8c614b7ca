/* One translation unit from source to facts: parse with libclang, then look at every function body
 * and initializer that is not a system header's. */
#include "analyzer/extract/extract.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/extract/unit.h"

/* clang and we recurse over what the source nests. */
#define STACK_SIZE (64u << 20)

struct extractor {
	CXIndex index;
	struct file_cache *files;
};

G_DEFINE_QUARK(contlint - extract - error - quark, extract_error)

struct extractor *extractor_new(const char *root, GError **error)
{
	struct extractor *extractor;

	if (!extract_load(error))
		return NULL;
	extractor = g_new0(struct extractor, 1);
	/* We have a large stack and want to use it, not a thread of libclang's. And a crash that is
	 * "recovered" leaves a process that cannot be trusted: let it end, workers are for that. */
	g_setenv("LIBCLANG_NOTHREADS", "1", TRUE);
	g_setenv("LIBCLANG_DISABLE_CRASH_RECOVERY", "1", TRUE);
	extractor->index = clang_createIndex(0, 0);
	clang_toggleCrashRecovery(0);
	extractor->files = file_cache_new(root);
	return extractor;
}

void extractor_free(struct extractor *extractor)
{
	if (!extractor)
		return;
	clang_disposeIndex(extractor->index);
	file_cache_free(extractor->files);
	g_free(extractor);
}

/* ---- flags ---- */

/* What gcc accepts with a warning and newer clang refuses; -w then hides the warning. */
static const char *const our_flags[] = {
	"-Wno-error=implicit-function-declaration",
	"-Wno-error=implicit-int",
	"-Wno-error=int-conversion",
	"-Wno-error=incompatible-function-pointer-types",
	"-Wno-error=return-type",
	"-ferror-limit=0",
	"-fno-spell-checking",
};

static bool has_flag(const GPtrArray *flags, const char *prefix)
{
	for (guint i = 0; i < flags->len; i++)
		if (g_str_has_prefix(g_ptr_array_index(flags, i), prefix))
			return true;
	return false;
}

/* Caller frees with g_ptr_array_unref(). */
static GPtrArray *full_flags(const struct extractor *extractor, const struct compdb_unit *command)
{
	GPtrArray *flags = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(flags, g_strconcat("-working-directory=", command->directory, NULL));
	if (extract_resource_dir() && !has_flag(command->flags, "-resource-dir"))
		g_ptr_array_add(flags, g_strconcat("-resource-dir=", extract_resource_dir(), NULL));
	/* __FILE__ is a string in the facts */
	g_ptr_array_add(flags, g_strconcat("-fmacro-prefix-map=", file_cache_root(extractor->files),
					   "/=", NULL));
	for (guint i = 0; i < G_N_ELEMENTS(our_flags); i++)
		g_ptr_array_add(flags, g_strdup(our_flags[i]));
	for (guint i = 0; i < command->flags->len; i++)
		g_ptr_array_add(flags, g_strdup(g_ptr_array_index(command->flags, i)));
	g_ptr_array_add(flags, g_strdup("-w"));
	return flags;
}

static void add_dir(GPtrArray *dirs, const char *path, const char *directory)
{
	g_autofree char *whole = path ? g_canonicalize_filename(path, directory) : NULL;

	if (whole)
		g_ptr_array_add(dirs, g_strconcat(whole, "/", NULL));
}

/* Where system headers are: what the flags name so, and what compilers have built in. */
static GPtrArray *system_dirs(const struct compdb_unit *command)
{
	static const char *const names[] = {"-isystem", "-idirafter", "-iframework"};
	GPtrArray *dirs = g_ptr_array_new_with_free_func(g_free);
	const GPtrArray *flags = command->flags;

	add_dir(dirs, "/usr/include", "/");
	add_dir(dirs, "/usr/local/include", "/");
	add_dir(dirs, extract_resource_dir(), "/");
	for (guint i = 0; i < flags->len; i++) {
		const char *flag = g_ptr_array_index(flags, i);

		for (guint j = 0; j < G_N_ELEMENTS(names); j++) {
			if (!g_str_has_prefix(flag, names[j]))
				continue;
			if (flag[strlen(names[j])])
				add_dir(dirs, flag + strlen(names[j]), command->directory);
			else if (i + 1 < flags->len)
				add_dir(dirs, g_ptr_array_index(flags, i + 1), command->directory);
		}
	}
	return dirs;
}

static char *command_text(const struct extractor *extractor, const struct compdb_unit *command)
{
	GString *text = g_string_new(NULL);
	char *relative;

	for (guint i = 0; i < command->flags->len; i++)
		g_string_append_printf(text, "%s%s", i ? " " : "",
				       (const char *)g_ptr_array_index(command->flags, i));
	relative = file_cache_relative_text(extractor->files, text->str);
	g_string_free(text, TRUE);
	return relative;
}

/* ---- one unit ---- */

static GArray *stack_of(guint row_size)
{
	return g_array_sized_new(FALSE, FALSE, row_size, 256);
}

static void type_free(gpointer data)
{
	struct type_info *info = data;

	if (info->record) {
		g_array_unref(info->record->fields);
		g_free(info->record);
	}
	g_free(info);
}

static void unit_init(struct unit *unit, const struct extractor *extractor,
		      const struct compdb_unit *command, CXTranslationUnit tu)
{
	g_autofree char *text = command_text(extractor, command);

	*unit = (struct unit){
		.tu = tu,
		.facts = facts_new(),
		.files = extractor->files,
		.command = command,
		.kids = stack_of(sizeof(CXCursor)),
		.operands = stack_of(sizeof(fact_id)),
		.weights = stack_of(sizeof(struct weight)),
		.file_scope = stack_of(sizeof(struct fact_event)),
		.file_scope_calls = stack_of(sizeof(fact_id)),
		.notes = stack_of(sizeof(struct fact_annotation)),
		.cleanups = stack_of(sizeof(struct cleanup)),
		.types = g_hash_table_new_full(NULL, NULL, NULL, type_free),
		.symbols = g_hash_table_new(NULL, NULL),
		.declared = stack_of(sizeof(CXCursor)),
		.declared_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.file_rows = g_hash_table_new(NULL, NULL),
		.system_dirs = system_dirs(command),
		.texts = g_hash_table_new_full(NULL, NULL, NULL, source_free),
		.target = FACT_NONE,
		.unknown = FACT_NONE,
		.null_value = FACT_NONE,
	};
	for (guint i = 0; i < G_N_ELEMENTS(unit->small); i++)
		unit->small[i] = FACT_NONE;
	unit->events = unit->facts->events;
	unit->facts->command = facts_intern(unit->facts, text);
	unit->facts->target = facts_intern(unit->facts, command->target);
}

/* Everything but the facts. */
static void unit_clear(struct unit *unit)
{
	g_array_unref(unit->kids);
	g_array_unref(unit->operands);
	g_array_unref(unit->weights);
	g_array_unref(unit->file_scope);
	g_array_unref(unit->file_scope_calls);
	g_array_unref(unit->notes);
	g_array_unref(unit->cleanups);
	g_hash_table_unref(unit->types);
	g_hash_table_unref(unit->symbols);
	g_array_unref(unit->declared);
	g_hash_table_unref(unit->declared_names);
	g_hash_table_unref(unit->file_rows);
	g_hash_table_unref(unit->texts);
	g_ptr_array_unref(unit->system_dirs);
	decl_map_clear(&unit->decls);
}

static enum CXChildVisitResult top_level(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct unit *unit = data;

	if (cursor.kind == CXCursor_FunctionDecl) {
		sibling_declared(unit, cursor);
		if (clang_isCursorDefinition(cursor) &&
		    !clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)))
			function_body(unit, cursor);
	} else if (cursor.kind == CXCursor_VarDecl) {
		if (!clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)))
			static_initializer(unit, cursor);
	} else if (cursor.kind == CXCursor_LinkageSpec) {
		return CXChildVisit_Recurse; /* extern "C" in what is compiled as C++ */
	}
	return CXChildVisit_Continue;
}

/* The file scope's events were made beside the functions' and go behind them. */
static void file_scope_finish(struct unit *unit)
{
	struct facts *facts = unit->facts;
	struct fact_function *file_scope = facts_row(facts, functions, struct fact_function, 0);

	file_scope->first_event = facts->events->len;
	file_scope->event_count = unit->file_scope->len;
	for (guint i = 0; i < unit->file_scope_calls->len; i++)
		value_row(unit, g_array_index(unit->file_scope_calls, fact_id, i))->a +=
			facts->events->len;
	if (unit->file_scope->len)
		g_array_append_vals(facts->events, unit->file_scope->data, unit->file_scope->len);
}

static void add_diagnostic(struct unit *unit, CXDiagnostic diagnostic)
{
	CXString text = clang_getDiagnosticSpelling(diagnostic);
	g_autofree char *relative = file_cache_relative_text(unit->files, clang_getCString(text));
	struct fact_diagnostic row = {
		.severity = clang_getDiagnosticSeverity(diagnostic),
		.loc = location_row(unit, clang_getDiagnosticLocation(diagnostic)),
		.text = facts_intern(unit->facts, relative),
	};

	clang_disposeString(text);
	g_array_append_val(unit->facts->diagnostics, row);
}

static void diagnostics(struct unit *unit)
{
	unsigned count = clang_getNumDiagnostics(unit->tu);

	for (unsigned i = 0; i < count; i++) {
		CXDiagnostic diagnostic = clang_getDiagnostic(unit->tu, i);

		if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error)
			add_diagnostic(unit, diagnostic);
		clang_disposeDiagnostic(diagnostic);
	}
}

static struct facts *read_unit(struct extractor *extractor, const struct compdb_unit *command,
			       CXTranslationUnit tu)
{
	struct unit unit;

	unit_init(&unit, extractor, command, tu);
	files_collect(&unit);
	clang_visitChildren(clang_getTranslationUnitCursor(tu), top_level, &unit);
	file_scope_finish(&unit);
	siblings_finish(&unit);
	annotations_finish(&unit);
	diagnostics(&unit);
	unit_clear(&unit);
	return unit.facts;
}

struct job {
	struct extractor *extractor;
	const struct compdb_unit *command;
	GError **error;
	struct facts *facts;
};

static const char *refusal(enum CXErrorCode code)
{
	switch (code) {
	case CXError_Success:
		return "clang gave nothing";
	case CXError_Failure:
		return "clang refuses its flags or cannot read it";
	case CXError_Crashed:
		return "clang crashed on it";
	case CXError_InvalidArguments:
		return "clang refuses its flags";
	case CXError_ASTReadError:
		return "clang cannot read a precompiled file it names";
	}
	return "clang refuses it";
}

static void *run(void *data)
{
	const unsigned options = CXTranslationUnit_KeepGoing;
	struct job *job = data;
	GPtrArray *flags = full_flags(job->extractor, job->command);
	CXTranslationUnit tu = NULL;
	enum CXErrorCode code;

	code = clang_parseTranslationUnit2(job->extractor->index, job->command->file,
					   (const char *const *)flags->pdata, flags->len, NULL, 0,
					   options, &tu);
	if (code == CXError_Success && tu)
		job->facts = read_unit(job->extractor, job->command, tu);
	else
		g_set_error(job->error, EXTRACT_ERROR, EXTRACT_ERROR_REFUSED, "%s: %s",
			    job->command->label, refusal(code));
	if (tu)
		clang_disposeTranslationUnit(tu);
	g_ptr_array_unref(flags);
	return NULL;
}

/* Only regular files: a FIFO would hang clang for ever. */
static bool check_source(const struct compdb_unit *command, GError **error)
{
	if (g_file_test(command->file, G_FILE_TEST_IS_REGULAR) && access(command->file, R_OK) == 0)
		return true;
	g_set_error(error, EXTRACT_ERROR, EXTRACT_ERROR_SOURCE,
		    "%s: no such file, or it cannot be read", command->label);
	return false;
}

struct facts *extract_unit(struct extractor *extractor, const struct compdb_unit *unit,
			   GError **error)
{
	struct job job = {extractor, unit, error, NULL};
	pthread_attr_t attributes;
	pthread_t thread;
	int result;

	if (!check_source(unit, error))
		return NULL;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	result = pthread_create(&thread, &attributes, run, &job);
	pthread_attr_destroy(&attributes);
	if (result != 0) {
		g_set_error(error, EXTRACT_ERROR, EXTRACT_ERROR_THREAD,
			    "%s: no thread to parse in: %s", unit->label, g_strerror(result));
		return NULL;
	}
	pthread_join(thread, NULL);
	return job.facts;
}

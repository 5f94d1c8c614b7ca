/* Opening the database: whose file it is, which version, and what went wrong in one sentence. */
#include "reports/store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { OPEN_ATTEMPTS = 20, OPEN_PAUSE_US = 25000, QUEUE_PAUSE_MS = 5 };

G_DEFINE_QUARK(contlint_store_error, store_error)

static gsize file_size(const char *path, const char *suffix)
{
	g_autofree char *full = g_strconcat(path, suffix, NULL);
	GStatBuf status;

	return g_stat(full, &status) == 0 ? (gsize)status.st_size : 0;
}

/* What the system said has often been overwritten when SQLite reports an I/O error, so look for
 * what it was: no room on the disk, or a file as large as this process may make it. */
static bool has_no_room(const struct store *store)
{
	enum { LITTLE = 65536 }; /* bytes: a write of this size may have failed */
	g_autofree char *directory = g_path_get_dirname(store->path);
	gsize size = MAX(file_size(store->path, ""), file_size(store->path, "-wal"));
	struct statvfs disk;
	struct rlimit limit;

	if (statvfs(directory, &disk) == 0 && disk.f_bavail * disk.f_frsize < LITTLE)
		return true;
	return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	       size + LITTLE > limit.rlim_cur;
}

/* Errors of the system behind a failed read or write. */
static enum store_error classify_errno(int number)
{
	switch (number) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return STORE_ERROR_FULL;
	case EACCES:
	case EPERM:
	case EROFS:
		return STORE_ERROR_READONLY;
	default:
		return STORE_ERROR_OPEN;
	}
}

/* SQLite tries to open for reading what it may not make, and then reports that nothing is there. */
static bool may_not_make(const struct store *store)
{
	g_autofree char *directory = g_path_get_dirname(store->path);

	return !store->readonly && faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) != 0 &&
	       (errno == EACCES || errno == EROFS);
}

static enum store_error classify(const struct store *store, int code)
{
	switch (code & 0xFF) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return STORE_ERROR_LOCKED;
	case SQLITE_FULL:
		return STORE_ERROR_FULL;
	case SQLITE_READONLY:
		return STORE_ERROR_READONLY;
	case SQLITE_NOTADB:
		return STORE_ERROR_NOT_OURS;
	case SQLITE_CORRUPT:
		return STORE_ERROR_CORRUPT;
	case SQLITE_CANTOPEN:
		if (may_not_make(store))
			return STORE_ERROR_READONLY;
		return classify_errno(sqlite3_system_errno(store->db));
	case SQLITE_IOERR:
		if (has_no_room(store))
			return STORE_ERROR_FULL;
		return classify_errno(sqlite3_system_errno(store->db));
	case SQLITE_PERM:
		return STORE_ERROR_READONLY;
	default:
		return STORE_ERROR_SQL;
	}
}

bool store_fail(const struct store *store, int code, GError **error)
{
	enum store_error kind = classify(store, code);
	const char *path = store->path;
	int number = sqlite3_system_errno(store->db);

	switch (kind) {
	case STORE_ERROR_LOCKED:
		g_set_error(error, STORE_ERROR, kind,
			    "%s is locked: another process has been writing to it for %d s", path,
			    store->wait_ms / 1000);
		break;
	case STORE_ERROR_FULL:
		g_set_error(error, STORE_ERROR, kind,
			    "%s cannot grow: the disk is full, and this run was not stored", path);
		break;
	case STORE_ERROR_READONLY:
		g_set_error(error, STORE_ERROR, kind,
			    "%s cannot be written: the file or its directory is read-only", path);
		break;
	case STORE_ERROR_NOT_OURS:
		g_set_error(error, STORE_ERROR, kind,
			    "%s is not a contlint database: it is no SQLite file", path);
		break;
	case STORE_ERROR_CORRUPT:
		g_set_error(error, STORE_ERROR, kind, "%s is damaged: SQLite says that %s", path,
			    sqlite3_errmsg(store->db));
		break;
	case STORE_ERROR_OPEN:
		g_set_error(error, STORE_ERROR, kind, "%s: %s", path,
			    number ? g_strerror(number) : sqlite3_errmsg(store->db));
		break;
	case STORE_ERROR_SQL:
	case STORE_ERROR_NEWER:
	case STORE_ERROR_OLDER:
		g_set_error(error, STORE_ERROR, kind, "%s: %s", path, sqlite3_errmsg(store->db));
		break;
	}
	return false;
}

bool store_exec(const struct store *store, const char *sql, GError **error)
{
	int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK || store_fail(store, code, error);
}

bool store_prepare(const struct store *store, const char *sql, sqlite3_stmt **ret_statement,
		   GError **error)
{
	int code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement,
				      NULL);

	return code == SQLITE_OK || store_fail(store, code, error);
}

bool store_number(const struct store *store, const char *sql, gint64 *ret_number, GError **error)
{
	sqlite3_stmt *statement;
	int code;

	if (!store_prepare(store, sql, &statement, error))
		return false;
	code = sqlite3_step(statement);
	*ret_number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		(void)store_fail(store, code, error);
	(void)sqlite3_finalize(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* Whose file it is. An empty one is ours to fill. */
enum owner { OWNER_NOBODY, OWNER_WE, OWNER_OTHER };

static bool find_owner(const struct store *store, enum owner *ret_owner, int *ret_version,
		       GError **error)
{
	gint64 id, version, objects;

	if (!store_number(store, "PRAGMA application_id", &id, error) ||
	    !store_number(store, "PRAGMA user_version", &version, error) ||
	    !store_number(store, "SELECT count(*) FROM sqlite_schema", &objects, error))
		return false;
	*ret_version = (int)version;
	if (id == STORE_APPLICATION_ID)
		*ret_owner = OWNER_WE;
	else
		*ret_owner = id == 0 && version == 0 && objects == 0 ? OWNER_NOBODY : OWNER_OTHER;
	return true;
}

static bool check_owner(const struct store *store, enum owner owner, int version, GError **error)
{
	if (owner == OWNER_OTHER) {
		g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_OURS,
			    "%s is not a contlint database: it belongs to another program",
			    store->path);
		return false;
	}
	if (owner == OWNER_WE && version > STORE_SCHEMA_VERSION) {
		g_set_error(error, STORE_ERROR, STORE_ERROR_NEWER,
			    "%s was written by a newer contlint (schema %d, this one knows %d): "
			    "use that one, or another --db",
			    store->path, version, STORE_SCHEMA_VERSION);
		return false;
	}
	return true;
}

bool store_end(const struct store *store, bool ok, GError **error)
{
	if (ok && store_exec(store, "COMMIT", error))
		return true;
	(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

/* Two processes may come here at once: the second finds the work of the first done. */
static bool create(const struct store *store, GError **error)
{
	enum owner owner;
	int version;
	bool ok;

	if (!store_exec(store, "BEGIN IMMEDIATE", error))
		return false;
	ok = find_owner(store, &owner, &version, error) &&
	     check_owner(store, owner, version, error) &&
	     (owner == OWNER_WE || store_exec(store, store_sql_schema, error));
	return store_end(store, ok, error);
}

/* A copy of the whole file, under a name that no other process uses. */
static char *back_up(const struct store *store, GError **error)
{
	g_autofree char *path = g_strdup_printf("%s.%d.backup", store->path, (int)getpid());
	char *sql;
	bool ok;

	(void)g_remove(path); /* of an attempt that failed */
	sql = sqlite3_mprintf("VACUUM INTO %Q", path);
	ok = store_exec(store, sql, error);
	sqlite3_free(sql);
	return ok ? g_steal_pointer(&path) : NULL;
}

static bool keep_backup(const struct store *store, const char *backup, gint64 version,
			GError **error)
{
	g_autofree char *path =
		g_strdup_printf("%s.v%" G_GINT64_FORMAT ".backup", store->path, version);
	int number;

	if (g_rename(backup, path) == 0)
		return true;
	number = errno;
	g_set_error(error, STORE_ERROR, classify_errno(number), "%s cannot be written: %s", path,
		    g_strerror(number));
	return false;
}

static bool migrate_from(const struct store *store, const struct store_migration *migrations,
			 gint64 version, int today, GError **error)
{
	g_autofree char *done = g_strdup_printf("PRAGMA user_version = %d", today);

	for (const struct store_migration *step = migrations; step->sql; step++)
		if (step->to > version && step->to <= today && !store_exec(store, step->sql, error))
			return false;
	return store_exec(store, done, error);
}

/* As with create(): of several processes that come here at once the first does the work, and its
 * copy is the one that is kept. */
static bool migrate_once(const struct store *store, const struct store_migration *migrations,
			 int today, const char *backup, GError **error)
{
	gint64 version;

	if (!store_number(store, "PRAGMA user_version", &version, error))
		return false;
	return version >= today || (keep_backup(store, backup, version, error) &&
				    migrate_from(store, migrations, version, today, error));
}

bool store_migrate(const struct store *store, const struct store_migration *migrations, int today,
		   GError **error)
{
	g_autofree char *backup = NULL;
	gint64 version;
	bool ok;

	if (!store_number(store, "PRAGMA user_version", &version, error))
		return false;
	if (version >= today)
		return true;
	backup = back_up(store, error);
	if (!backup)
		return false;
	ok = store_exec(store, "BEGIN IMMEDIATE", error) &&
	     store_end(store, migrate_once(store, migrations, today, backup, error), error);
	(void)g_remove(backup); /* where another process came first */
	return ok;
}

static bool make_directory(const char *path, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(path);
	int number;

	if (g_mkdir_with_parents(directory, 0777) == 0)
		return true;
	number = errno;
	g_set_error(error, STORE_ERROR, classify_errno(number), "%s cannot be made: %s", directory,
		    g_strerror(number));
	return false;
}

/* A database may come from elsewhere: what it holds must not run anything. */
static bool configure(const struct store *store, GError **error)
{
	(void)sqlite3_extended_result_codes(store->db, 1);
	(void)sqlite3_busy_timeout(store->db, store->wait_ms);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	return store_exec(store, "PRAGMA temp_store = MEMORY", error);
}

static struct store *store_new(const char *path, int wait_ms)
{
	struct store *store = g_new0(struct store, 1);

	/* Counting memory takes a lock for each allocation; refused, and not needed, once SQLite
	 * runs. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	store->path = g_strdup(path);
	store->wait_ms = wait_ms;
	return store;
}

static bool open_file(struct store *store, const char *name, int flags, GError **error)
{
	int code = sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);

	return code == SQLITE_OK ? configure(store, error) : store_fail(store, code, error);
}

/* Only WAL lets people read while a run is written. Where it cannot be had (a network disk), the
 * database works without. */
static void use_wal(const struct store *store)
{
	(void)sqlite3_exec(store->db,
			   "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			   "PRAGMA cache_size = -32768",
			   NULL, NULL, NULL);
}

/* find_owner() of one moment: between two of its questions another process may make the database,
 * whose answers together would look like a stranger's. */
static bool find_owner_at_once(const struct store *store, enum owner *ret_owner, int *ret_version,
			       GError **error)
{
	bool ok;

	if (!store_exec(store, "BEGIN", error))
		return false;
	ok = find_owner(store, ret_owner, ret_version, error);
	return store_end(store, ok, error);
}

/* Many processes that open one database at once keep each other from it: SQLite has them try again
 * at random, each attempt spoils those of the others, and the last to close takes the write-ahead
 * log away. So they queue by a lock on the directory, which needs no file. It is a courtesy: where
 * it cannot be had in time, SQLite's own locks still hold. The result is to be closed, or -1. */
static int queue_to_open(const struct store *store)
{
	g_autofree char *directory = g_path_get_dirname(store->path);
	int queue = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int waited = 0; queue >= 0 && waited < store->wait_ms; waited += QUEUE_PAUSE_MS) {
		if (flock(queue, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			break;
		g_usleep(QUEUE_PAUSE_MS * 1000);
	}
	return queue;
}

static bool open_for_writing(struct store *store, GError **error)
{
	enum owner owner;
	int version;

	if (!open_file(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error) ||
	    !find_owner_at_once(store, &owner, &version, error) ||
	    !check_owner(store, owner, version, error))
		return false;
	if (sqlite3_db_readonly(store->db, "main"))
		return store_fail(store, SQLITE_READONLY, error);
	if (owner == OWNER_NOBODY && !create(store, error))
		return false;
	use_wal(store);
	return store_migrate(store, store_migrations, STORE_SCHEMA_VERSION, error) &&
	       store_refresh_views(store, error);
}

/* True if opening can succeed in a moment: while another process makes the database, its journal is
 * there when SQLite looks and gone when it opens it. */
static bool is_being_made(const struct store *store, const GError *problem)
{
	return g_error_matches(problem, STORE_ERROR, STORE_ERROR_OPEN) &&
	       g_file_test(store->path, G_FILE_TEST_IS_REGULAR);
}

struct store *store_open_waiting(const char *path, int wait_ms, GError **error)
{
	for (int attempt = 1;; attempt++) {
		g_autoptr(store_t) store = store_new(path, wait_ms);
		g_autoptr(GError) problem = NULL;
		bool ok = make_directory(path, &problem);
		int queue = ok ? queue_to_open(store) : -1;

		ok = ok && open_for_writing(store, &problem);
		if (queue >= 0)
			(void)close(queue);
		if (ok)
			return g_steal_pointer(&store);
		if (attempt == OPEN_ATTEMPTS || !is_being_made(store, problem)) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return NULL;
		}
		g_usleep(OPEN_PAUSE_US);
	}
}

struct store *store_open(const char *path, GError **error)
{
	return store_open_waiting(path, STORE_WAIT_MS, error);
}

/* In a directory that cannot be written, SQLite cannot make the shared memory that WAL needs. If
 * all is in the file itself, as after every orderly end, it can be read as a file that never
 * changes: an artifact of CI, a mounted image. */
static bool reopen_immutable(struct store *store, GError **error)
{
	g_autofree char *escaped = g_uri_escape_string(store->path, "/", FALSE);
	g_autofree char *uri = g_strconcat("file:", escaped, "?immutable=1", NULL);

	(void)sqlite3_close(g_steal_pointer(&store->db));
	return open_file(store, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
}

static bool open_for_reading(struct store *store, GError **error)
{
	g_autoptr(GError) first = NULL;
	enum owner owner;
	int version;

	if (!open_file(store, store->path, SQLITE_OPEN_READONLY, error))
		return false;
	if (!find_owner(store, &owner, &version, &first)) {
		if (g_error_matches(first, STORE_ERROR, STORE_ERROR_NOT_OURS) ||
		    g_error_matches(first, STORE_ERROR, STORE_ERROR_LOCKED) ||
		    file_size(store->path, "-wal") > 0) {
			g_propagate_error(error, g_steal_pointer(&first));
			return false;
		}
		if (!reopen_immutable(store, error) || !find_owner(store, &owner, &version, error))
			return false;
	}
	if (owner == OWNER_NOBODY) {
		g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_OURS,
			    "%s is not a contlint database: it is empty", store->path);
		return false;
	}
	if (owner == OWNER_WE && version < STORE_SCHEMA_VERSION) {
		g_set_error(error, STORE_ERROR, STORE_ERROR_OLDER,
			    "%s has an older schema (%d, today %d): the next contlint check brings "
			    "it up to date",
			    store->path, version, STORE_SCHEMA_VERSION);
		return false;
	}
	return check_owner(store, owner, version, error);
}

struct store *store_open_readonly(const char *path, GError **error)
{
	g_autoptr(store_t) store = store_new(path, STORE_WAIT_MS);

	store->readonly = true;
	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN,
			    "%s: there is no such database; contlint check makes it", path);
		return NULL;
	}
	return open_for_reading(store, error) ? g_steal_pointer(&store) : NULL;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	(void)sqlite3_close(store->db);
	g_free(store->path);
	g_free(store);
}

/* SQLite's version, for people. Apart from store.c because it needs no store. */
#include "reports/store/store.h"

#include <sqlite3.h>

const char *store_sqlite_version(void)
{
	return sqlite3_libversion();
}

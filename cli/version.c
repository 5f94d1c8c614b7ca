/* Versions of contlint and of the libraries that decide what it says. */
#include "cli/version.h"

#include "analyzer/extract/extract.h"
#include "reports/store/store.h"

const char *version_contlint(void)
{
	return CONTLINT_VERSION;
}

void version_print(FILE *out)
{
	(void)fprintf(out, "contlint %s\n%s\nSQLite %s\n", version_contlint(),
		      extract_clang_version(), store_sqlite_version());
}

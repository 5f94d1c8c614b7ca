/* Writes facts again under other names, so that a program can be joined to itself: files get the
 * prefix NAME/, and what the project declares gets USRs of its own. The copies share only what
 * system headers declare.
 *
 *	copy_facts NAME INTO FILE.facts...
 *
 * Takes files of `contlint extract` and of a cache folder; others in such a folder are skipped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/facts.h"

/* What a cache puts before the facts: a word and a hash of 16 bytes. */
#define CACHE_WORD "CLCACHE1"
#define CACHE_HEAD (sizeof(CACHE_WORD) - 1 + 16)

static fact_id prefixed(struct facts *facts, const char *name, fact_id text)
{
	g_autofree char *longer = g_strdup_printf("%s/%s", name, facts_string(facts, text));

	return facts_intern(facts, longer);
}

static void rename_all(struct facts *facts, const char *name)
{
	for (guint i = 0; i < facts->files->len; i++) {
		struct fact_file *file = facts_row(facts, files, struct fact_file, i);

		if (file->flags & FACT_FILE_IN_ROOT)
			file->path = prefixed(facts, name, file->path);
	}
	for (guint i = 0; i < facts->symbols->len; i++) {
		struct fact_symbol *symbol = facts_row(facts, symbols, struct fact_symbol, i);

		if (!(symbol->flags & FACT_SYMBOL_SYSTEM))
			symbol->usr = prefixed(facts, name, symbol->usr);
	}
	if (facts->target != FACT_NONE)
		facts->target = prefixed(facts, name, facts->target);
}

static bool copy(const char *name, const char *into, const char *path, GError **error)
{
	g_autofree char *bytes = NULL, *base = g_path_get_basename(path), *to = NULL, *at = NULL;
	g_autoptr(facts_t) facts = NULL;
	g_autoptr(GBytes) encoded = NULL;
	gsize size, head = 0;

	if (!g_file_get_contents(path, &bytes, &size, error))
		return false;
	if (size > CACHE_HEAD && !memcmp(bytes, CACHE_WORD, sizeof(CACHE_WORD) - 1))
		head = CACHE_HEAD;
	else if (size < 8 || memcmp(bytes, "CLFACTS", 8) != 0)
		return true;
	facts = facts_decode(bytes + head, size - head, path, error);
	if (!facts)
		return false;
	rename_all(facts, name);
	encoded = facts_encode(facts);
	to = g_strdup_printf("%s-%s", name, base);
	at = g_build_filename(into, to, NULL);
	return g_file_set_contents(at, g_bytes_get_data(encoded, NULL),
				   (gssize)g_bytes_get_size(encoded), error);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc < 4) {
		fprintf(stderr, "usage: copy_facts NAME INTO FILE.facts...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		if (!copy(argv[1], argv[2], argv[i], &error)) {
			fprintf(stderr, "copy_facts: %s\n", error->message);
			return 1;
		}
	return 0;
}

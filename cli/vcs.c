/* Which commit is checked out. git itself is not asked for that: a repository's configuration can
 * make it run programs, and a pull request can write that. */
#include "cli/vcs.h"

#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

#include "analyzer/file_path.h"

enum { FILE_LIMIT = 64 << 20 };

static char *read_text(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	char *text;
	gsize size;

	if (!file_path_read(path, FILE_LIMIT, &text, &size, NULL))
		return NULL;
	return g_strchomp(text);
}

static bool is_commit(const char *text)
{
	size_t size = strspn(text, "0123456789abcdef");

	return text[size] == '\0' && (size == 40 || size == 64);
}

/* The repository's folder of a folder, or NULL; a worktree's .git is a file that names it. Caller
 * frees. */
static char *folder_in(const char *folder)
{
	g_autofree char *git = g_build_filename(folder, ".git", NULL);
	g_autofree char *link = NULL;

	if (g_file_test(git, G_FILE_TEST_IS_DIR))
		return g_steal_pointer(&git);
	link = read_text(folder, ".git");
	return link && g_str_has_prefix(link, "gitdir: ")
		       ? g_canonicalize_filename(link + strlen("gitdir: "), folder)
		       : NULL;
}

static bool has_folder(const char *folder)
{
	g_autofree char *git = folder_in(folder);

	return git != NULL;
}

/* The .git folder at or above `root`, or NULL. Caller frees. */
static char *find_folder(const char *root)
{
	g_autofree char *top = file_path_above(root, has_folder);

	return top ? folder_in(top) : NULL;
}

static char *find_packed(const char *folder, const char *reference)
{
	g_autofree char *text = read_text(folder, "packed-refs");
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (size_t i = 0; lines[i]; i++) {
		char *blank = strchr(lines[i], ' ');

		if (!blank || strcmp(blank + 1, reference) != 0)
			continue;
		*blank = '\0';
		/* The line below the one of a tag says which commit it means. */
		if (lines[i + 1] && lines[i + 1][0] == '^' && is_commit(lines[i + 1] + 1))
			return g_strdup(lines[i + 1] + 1);
		return is_commit(lines[i]) ? g_strdup(lines[i]) : NULL;
	}
	return NULL;
}

static char *find_commit(const char *folder, const char *reference)
{
	g_autofree char *text = NULL;

	/* The reference is a path that others wrote. */
	if (strstr(reference, "..") || reference[0] == '/')
		return NULL;
	text = read_text(folder, reference);
	if (text && is_commit(text))
		return g_steal_pointer(&text);
	return find_packed(folder, reference);
}

/* The same in the main repository, where a worktree keeps its branches. */
static char *find_shared(const char *folder, const char *reference)
{
	char *commit = find_commit(folder, reference);
	g_autofree char *common = commit ? NULL : read_text(folder, "commondir");
	g_autofree char *main_folder = common ? g_canonicalize_filename(common, folder) : NULL;

	return main_folder ? find_commit(main_folder, reference) : commit;
}

void vcs_read(const char *root, char **ret_commit, char **ret_branch)
{
	static const char mark[] = "ref: ", heads[] = "refs/heads/";
	g_autofree char *folder = find_folder(root);
	g_autofree char *head = folder ? read_text(folder, "HEAD") : NULL;
	const char *reference;

	*ret_commit = *ret_branch = NULL;
	if (!head)
		return;
	if (!g_str_has_prefix(head, mark)) {
		*ret_commit = is_commit(head) ? g_steal_pointer(&head) : NULL;
		return;
	}
	reference = head + strlen(mark);
	if (g_str_has_prefix(reference, heads))
		*ret_branch = g_strdup(reference + strlen(heads));
	*ret_commit = find_shared(folder, reference);
}

char *vcs_find(const char *root, const char *name)
{
	static const char *const places[] = {"refs/heads/", "refs/tags/", "refs/remotes/", "refs/",
					     ""};
	g_autofree char *folder = find_folder(root);
	char *commit = NULL;

	if (strcmp(name, "HEAD") == 0) {
		g_autofree char *branch = NULL;

		vcs_read(root, &commit, &branch);
		return commit;
	}
	for (size_t i = 0; folder && !commit && i < G_N_ELEMENTS(places); i++) {
		g_autofree char *reference = g_strconcat(places[i], name, NULL);

		commit = find_shared(folder, reference);
	}
	return commit;
}

bool vcs_is_top(const char *folder)
{
	g_autofree char *git = g_build_filename(folder, ".git", NULL);

	return g_file_test(git, G_FILE_TEST_EXISTS);
}

char *vcs_prefix(const char *root)
{
	g_autofree char *top = file_path_above(root, vcs_is_top);

	return !top || strcmp(top, root) == 0
		       ? NULL
		       : g_strconcat(file_path_relative(root, top), "/", NULL);
}

char *vcs_ask(const char *root, const char *const *words, GError **error)
{
	static const char *const safe[] = {"git",
					   "--no-pager",
					   "--no-optional-locks",
					   "-c",
					   "core.fsmonitor=false",
					   "-c",
					   "core.hooksPath=/dev/null",
					   "-c",
					   "safe.bareRepository=explicit"};
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *out = NULL;
	g_autofree char *said = NULL;
	int status;

	for (size_t i = 0; i < G_N_ELEMENTS(safe); i++)
		g_ptr_array_add(argv, (gpointer)safe[i]);
	for (; *words; words++)
		g_ptr_array_add(argv, (gpointer)*words);
	g_ptr_array_add(argv, NULL);
	if (!g_spawn_sync(root, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out,
			  &said, &status, error))
		return NULL;
	if (g_spawn_check_wait_status(status, NULL))
		return g_steal_pointer(&out);
	said[strcspn(said, "\r\n")] = '\0';
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "git: %s", said);
	return NULL;
}

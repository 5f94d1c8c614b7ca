/* Which commit is checked out, read from .git without running git; and git itself, for what only it
 * knows. */
#ifndef CONTLINT_CLI_VCS_H
#define CONTLINT_CLI_VCS_H

#include <glib.h>
#include <stdbool.h>

/* `*ret_commit` (40 or 64 hex digits) and `*ret_branch` of the repository at or above `root`; NULL
 * where unknown. Caller frees both. */
void vcs_read(const char *root, char **ret_commit, char **ret_branch);

/* The commit that `name` (HEAD, a branch, a tag, origin/branch) stands for, or NULL. Tags with a
 * text of their own are known only where git has packed them. Caller frees. */
char *vcs_find(const char *root, const char *name);

/* Is it a repository's top, or a worktree's? */
bool vcs_is_top(const char *folder);

/* Where `root` is in its repository, "sub/folder/"; NULL if it is its top or there is none. Caller
 * frees. */
char *vcs_prefix(const char *root);

/* What git says to `words` (NULL-terminated, without "git") in `root`. It is run only where the
 * user asks for what it alone knows, with all turned off that makes it run programs of the
 * repository. NULL and a sentence if it fails. Caller frees. */
char *vcs_ask(const char *root, const char *const *words, GError **error);

#endif

/* Which commit is checked out, read from .git without running git. */
#ifndef CONTLINT_CLI_VCS_H
#define CONTLINT_CLI_VCS_H

/* `*ret_commit` (40 or 64 hex digits) and `*ret_branch` of the repository at or above `root`; NULL
 * where unknown. Caller frees both. */
void vcs_read(const char *root, char **ret_commit, char **ret_branch);

/* The commit that `name` (HEAD, a branch, a tag, origin/branch) stands for, or NULL. Tags with a
 * text of their own are known only where git has packed them. Caller frees. */
char *vcs_find(const char *root, const char *name);

#endif

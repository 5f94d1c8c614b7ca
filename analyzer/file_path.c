/* Names of files. Everything here takes paths that outsiders wrote: nothing waits for a FIFO. */
#include "analyzer/file_path.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_path_under(const char *path, const char *root)
{
	size_t size = strlen(root);

	while (size > 1 && root[size - 1] == '/')
		size--;
	if (size == 1 && root[0] == '/')
		return path[0] == '/';
	return strncmp(path, root, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

const char *file_path_relative(const char *path, const char *root)
{
	const char *rest;

	if (!file_path_under(path, root))
		return path;
	rest = path + strlen(root);
	while (*rest == '/')
		rest++;
	return *rest ? rest : ".";
}

char *file_path_resolve(const char *name, const char *directory)
{
	g_autofree char *path = g_canonicalize_filename(name, directory);
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *last = g_path_get_basename(path);
	char real[PATH_MAX];

	if (!realpath(folder, real))
		return g_steal_pointer(&path);
	return g_build_filename(real, last, NULL);
}

static bool set_error(GError **error, const char *path, const char *problem, int code)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "%s: %s", path, problem);
	return false;
}

static bool check_regular(const struct stat *status, const char *path, GError **error)
{
	if (S_ISREG(status->st_mode))
		return true;
	if (S_ISDIR(status->st_mode))
		return set_error(error, path, "is a folder, not a file", EISDIR);
	return set_error(error, path, "is a device, pipe or socket, not a regular file", EINVAL);
}

bool file_path_check(const char *path, GError **error)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return set_error(error, path, g_strerror(errno), errno);
	if (!check_regular(&status, path, error))
		return false;
	if (access(path, R_OK) < 0)
		return set_error(error, path, g_strerror(errno), errno);
	return true;
}

static bool read_open(int fd, const char *path, gsize limit, char **ret_text, gsize *ret_size,
		      GError **error)
{
	g_autofree char *text = NULL;
	struct stat status;
	gsize size = 0;

	if (fstat(fd, &status) < 0)
		return set_error(error, path, g_strerror(errno), errno);
	if (!check_regular(&status, path, error))
		return false;
	if ((guint64)status.st_size > limit)
		return set_error(error, path, "is too large", EFBIG);
	text = g_malloc((gsize)status.st_size + 1);
	while (size < (gsize)status.st_size) {
		ssize_t r = read(fd, text + size, (gsize)status.st_size - size);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return set_error(error, path, g_strerror(errno), errno);
		if (r == 0)
			break;
		size += (gsize)r;
	}
	text[size] = '\0';
	*ret_text = g_steal_pointer(&text);
	*ret_size = size;
	return true;
}

bool file_path_read(const char *path, gsize limit, char **ret_text, gsize *ret_size, GError **error)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	bool done;

	if (fd < 0)
		return set_error(error, path, g_strerror(errno), errno);
	done = read_open(fd, path, limit, ret_text, ret_size, error);
	(void)close(fd);
	return done;
}

static bool write_all(int fd, const char *bytes, gsize size)
{
	while (size > 0) {
		ssize_t r = write(fd, bytes, size);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return false;
		bytes += r;
		size -= (gsize)r;
	}
	return true;
}

bool file_path_replace(const char *path, const void *bytes, gsize size)
{
	g_autofree char *temporary = g_strconcat(path, ".XXXXXX", NULL);
	int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0666);
	bool written;
	int code;

	if (fd < 0)
		return false;
	written = write_all(fd, bytes, size);
	written = close(fd) == 0 && written;
	if (written && rename(temporary, path) == 0)
		return true;
	code = errno;
	(void)unlink(temporary);
	errno = code;
	return false;
}

char *file_path_above(const char *folder, bool (*is_it)(const char *folder))
{
	g_autofree char *here = g_strdup(folder);

	while (!is_it(here)) {
		g_autofree char *parent = g_path_get_dirname(here);

		if (g_str_equal(parent, here))
			return NULL;
		g_free(here);
		here = g_steal_pointer(&parent);
	}
	return g_steal_pointer(&here);
}

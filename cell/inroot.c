/* Resolution below the root. The kernel does it (RESOLVE_IN_ROOT), so no link can lead out at any moment. */
#include "cell.h"
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RESOLVE (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
#define MAX_TRIES 100000
#define MAX_LINKS 40

static int open_or_make(struct cell *c, const char *path, int kind, int links, struct err *err);

/* Where a link that leads to nothing points, in `out` as a path in the root; false if `name` is no link. */
static bool read_dangling(int parent, const char *name, const char *path, char *out, size_t room)
{
	char value[2048];
	ssize_t n = readlinkat(parent, name, value, sizeof value - 1);
	if (n <= 0)
		return false;
	value[n] = 0;
	size_t length = strlen(path);
	while (length > 0 && path[length - 1] == '/')
		length--;
	length -= value[0] == '/' ? length : strlen(name);
	return snprintf(out, room, "%.*s%s", (int)length, path, value) < (int)room;
}

static int make_in_root(struct cell *c, const char *path, int kind, int links, struct err *err)
{
	char name[256], next[6144];
	CLOSING parent = open_parent_in_root(c, path, name, err);
	if (parent < 0)
		return -1;
	/* The kernel says the same of a missing file and of a link to one. What the link means is made, in the root. */
	if (links < MAX_LINKS && read_dangling(parent, name, path, next, sizeof next))
		return open_or_make(c, next, kind, links + 1, err);
	if (kind == 1) {
		if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
			return fail(err, "mkdir", path);
	} else {
		CLOSING file = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (file < 0)
			return fail(err, "open", path);
	}
	int fd = openat(parent, name, O_PATH | O_CLOEXEC | O_NOFOLLOW | (kind == 1 ? O_DIRECTORY : 0));
	return fd < 0 ? fail(err, kind == 1 ? "mkdir" : "open", path) : fd;
}

static int open_or_make(struct cell *c, const char *path, int kind, int links, struct err *err)
{
	int fd, tries = 0;
	if (c->root < 0)
		return fail_code(err, "openat2", "no root is set", EINVAL);
	/* EAGAIN: somewhere on the machine something was renamed or mounted while ".." was resolved (openat2(2)). */
	do
		fd = sys_openat2(c->root, path, O_PATH | O_CLOEXEC, 0, RESOLVE);
	while (fd < 0 && errno == EAGAIN && tries++ < MAX_TRIES);
	if (fd >= 0)
		return fd;
	if (errno != ENOENT || kind == 0)
		return fail(err, "openat2", path);
	return make_in_root(c, path, kind, links, err);
}

int open_in_root(struct cell *c, const char *path, int kind, struct err *err)
{
	return open_or_make(c, path, kind, 0, err);
}

/* The directory that holds the last component (made if missing) and that component's name. */
int open_parent_in_root(struct cell *c, const char *path, char name[256], struct err *err)
{
	char copy[4096];
	size_t length = strlen(path);
	while (length > 0 && path[length - 1] == '/')
		length--;
	size_t start = length;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (length == start || length - start > 255 || length >= sizeof copy)
		return fail_code(err, "openat2", path, length == start ? EINVAL : ENAMETOOLONG);
	memcpy(name, path + start, length - start);
	name[length - start] = 0;
	/* "." and ".." must never be made or replaced. */
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return fail_code(err, "openat2", path, EINVAL);
	memcpy(copy, path, start);
	copy[start] = 0;
	while (start > 1 && copy[start - 1] == '/')
		copy[--start] = 0;
	return open_in_root(c, start == 0 ? "." : copy, 1, err);
}

int op_ROOT(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	int fd = *path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : c->given;
	if (fd < 0)
		return *path ? fail(err, "open", path) : fail_code(err, "open", "no mount was given", EINVAL);
	if (*path) {
		replace_fd(&c->root, fd);
		return 0;
	}
	c->given = c->root; /* a mount that was made before this one may be wanted inside it */
	c->root = fd;
	/* The working directory, and not a path: in its user namespace the child may not be allowed to walk there. */
	return sys_move_mount(fd, AT_FDCWD, ".", 0) < 0 ? fail(err, "move_mount", ".") : 0;
}

/* Owner and exact mode of something just made in the root. */
static int dress(int parent, const char *name, const char *path, mode_t mode, uid_t uid, gid_t gid, struct err *err)
{
	if (fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(err, "chown", path);
	char link[64];
	CLOSING fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(err, "open", path);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	return chmod(link, mode & 07777) < 0 ? fail(err, "chmod", path) : 0;
}

int op_MKDIR_IN(struct cell *c, struct args *a, struct err *err)
{
	char name[256];
	const char *path = arg_string(a);
	mode_t mode = (mode_t)arg_number(a);
	uid_t uid = (uid_t)arg_number(a);
	gid_t gid = (gid_t)arg_number(a);
	CLOSING there = open_in_root(c, path, 0, err);
	struct stat st;
	if (there >= 0)
		return fstat(there, &st) < 0 || !S_ISDIR(st.st_mode) ? fail_code(err, "mkdir", path, ENOTDIR) : 0;
	CLOSING parent = open_parent_in_root(c, path, name, err);
	if (parent < 0)
		return -1;
	return mkdirat(parent, name, 0700) < 0 ? fail(err, "mkdir", path) : dress(parent, name, path, mode, uid, gid, err);
}

int op_MKNOD(struct cell *c, struct args *a, struct err *err)
{
	char name[256];
	const char *path = arg_string(a);
	mode_t mode = (mode_t)arg_number(a);
	unsigned major = (unsigned)arg_number(a), minor = (unsigned)arg_number(a);
	uid_t uid = (uid_t)arg_number(a);
	gid_t gid = (gid_t)arg_number(a);
	CLOSING parent = open_parent_in_root(c, path, name, err);
	if (parent < 0)
		return -1;
	/* The kernel's encoding of device numbers in mknod(2), as in glibc's makedev. */
	dev_t device = ((dev_t)(major & 0xfffff000u) << 32) | ((dev_t)(major & 0xfffu) << 8) |
	               ((dev_t)(minor & 0xffffff00u) << 12) | (minor & 0xffu);
	if (mknodat(parent, name, (mode & S_IFMT) | 0600, device) < 0)
		return fail(err, "mknod", path);
	return dress(parent, name, path, mode, uid, gid, err);
}

int op_SYMLINK(struct cell *c, struct args *a, struct err *err)
{
	char name[256];
	const char *value = arg_string(a), *path = arg_string(a);
	CLOSING parent = open_parent_in_root(c, path, name, err);
	if (parent < 0)
		return -1;
	return symlinkat(value, parent, name) < 0 ? fail(err, "symlink", path) : 0;
}

int op_SETXATTR(struct cell *c, struct args *a, struct err *err)
{
	char name[256];
	const char *path = arg_string(a), *key = arg_string(a);
	struct bytes value = arg_bytes(a);
	char link[64 + 256];
	/* The root itself may be meant ("." or "/"): an opaque top directory. */
	bool top = strcmp(path, ".") == 0 || strcmp(path, "/") == 0;
	CLOSING parent = top ? open_in_root(c, ".", 0, err) : open_parent_in_root(c, path, name, err);
	if (parent < 0)
		return -1;
	if (top)
		snprintf(link, sizeof link, "/proc/self/fd/%d", parent);
	else
		snprintf(link, sizeof link, "/proc/self/fd/%d/%s", parent, name);
	/* lsetxattr does not follow the last component; "/proc/self/fd/N" itself must be followed. */
	long result = syscall(top ? SYS_setxattr : SYS_lsetxattr, link, key, value.data, value.size, 0);
	return result < 0 ? fail(err, "setxattr", path) : 0;
}

/* Standard streams of the child, and what the monitor is to do with them. */
#include "cell.h"
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

/* The container's own /dev/null, so that its path is right inside; the host's if the container has another thing there. */
static int open_null(struct cell *c, struct err *err)
{
	struct stat st;
	char link[64];
	CLOSING there = open_in_root(c, "dev/null", 0, err);
	snprintf(link, sizeof link, "/proc/self/fd/%d", there);
	bool right = there >= 0 && fstat(there, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
	int fd = right ? open(link, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return fd < 0 ? fail(err, "open", "/dev/null") : fd;
}

static int stdio_null(struct cell *c, struct err *err)
{
	int fd = open_null(c, err);
	if (fd < 0)
		return -1;
	for (int i = 0; i <= 2; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	return 0;
}

/* Makes `fd` one end of a new pipe; the other, the monitor's, is returned. */
static int pipe_on(int fd, struct err *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, "pipe2", "");
	CLOSING theirs = ends[fd == 0 ? 0 : 1];
	dup2(theirs, fd);
	return ends[fd == 0 ? 1 : 0];
}

static int stdio_pipes(struct cell *c, bool with_input, struct err *err)
{
	CLOSING in = with_input ? pipe_on(0, err) : open_null(c, err);
	CLOSING out = pipe_on(1, err);
	CLOSING errors = pipe_on(2, err);
	if (in < 0 || out < 0 || errors < 0)
		return -1;
	if (!with_input)
		dup2(in, 0);
	const int mine[3] = {out, errors, in};
	return send_fds(c->baton, BATON_FDS, mine, with_input ? 3 : 2) < 0 ? fail(err, "sendmsg", "standard streams") : 0;
}

/* Puts the terminal on /dev/console: the file is made in the root, the mount is a clone of the slave's own. */
static int bind_console(struct cell *c, int slave, struct err *err)
{
	CLOSING to = open_in_root(c, "dev/console", 2, err);
	if (to < 0)
		return -1;
	CLOSING tree = sys_open_tree(slave, "", AT_EMPTY_PATH);
	if (tree < 0)
		return fail(err, "open_tree", "/dev/console");
	return sys_move_mount(tree, to, "", SYS_MOVE_MOUNT_T_EMPTY_PATH) < 0 ? fail(err, "move_mount", "/dev/console") : 0;
}

static int stdio_terminal(struct cell *c, unsigned rows, unsigned columns, bool console, struct err *err)
{
	CLOSING multiplexer = open_in_root(c, "dev/pts/ptmx", 0, err);
	if (multiplexer < 0)
		return -1;
	struct stat st;
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", multiplexer);
	/* The image or a volume may have put another device there; opening that could do anything. */
	if (fstat(multiplexer, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2))
		return fail_code(err, "open", "/dev/pts/ptmx", ENODEV);
	CLOSING master = open(link, O_RDWR | O_NOCTTY | O_CLOEXEC);
	int unlock = 0;
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return fail(err, "open", "/dev/pts/ptmx");
	CLOSING slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return fail(err, "ioctl", "TIOCGPTPEER");
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
	if (rows && columns)
		ioctl(master, TIOCSWINSZ, &size);
	if (console && bind_console(c, slave, err) < 0)
		return -1;
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return fail(err, "ioctl", "TIOCSCTTY");
	for (int i = 0; i <= 2; i++)
		dup2(slave, i);
	int to = c->console >= 0 ? c->console : c->baton;
	return send_fds(to, BATON_FDS, &master, 1) < 0 ? fail(err, "sendmsg", "terminal") : 0;
}

int op_STDIO(struct cell *c, struct args *a, struct err *err)
{
	uint64_t mode = arg_number(a);
	unsigned rows = (unsigned)arg_number(a), columns = (unsigned)arg_number(a);
	if (mode == STDIO_NULL)
		return stdio_null(c, err);
	if (mode == STDIO_TERMINAL || mode == STDIO_TERMINAL_ONLY)
		return stdio_terminal(c, rows, columns, mode == STDIO_TERMINAL, err);
	return stdio_pipes(c, mode == STDIO_PIPES_IN, err);
}

/* The path goes through the open directory, because a socket address holds only 107 bytes. */
int listen_in(int directory, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	fchmod(fd, 0600); /* becomes the mode of the socket's file */
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 64) == 0)
		return fd;
	close(fd);
	return -1;
}

int op_LISTEN(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	replace_fd(&c->listener, -1);
	replace_fd(&c->directory, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (c->directory < 0)
		return fail(err, "open", path);
	c->listener = listen_in(c->directory, "attach");
	return c->listener < 0 ? fail(err, "listen", path) : 0;
}

int op_CONSOLE(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	c->console = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return connect(c->console, (struct sockaddr *)&address, sizeof address) < 0 ? fail(err, "connect", path) : 0;
}

int op_LOG(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a), *attributes = arg_string(a);
	uint64_t size = arg_number(a), files = arg_number(a);
	if (c->log)
		log_finish(c->log);
	c->log = log_open(path, attributes, size, files, err);
	return c->log ? 0 : -1;
}

int op_OOM(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	free(c->oom_path);
	free(c->oom_key);
	c->oom_path = strdup(path);
	c->oom_key = strdup(arg_string(a));
	return c->oom_path && c->oom_key ? 0 : fail(err, "strdup", path);
}

int op_STDIN(struct cell *c, struct args *a, struct err *err)
{
	c->close_input_once = arg_number(a) == 1;
	return 0;
}

int op_RUN(struct cell *c, struct args *a, struct err *err)
{
	if (!c->child)
		return fail_code(err, "run", "there is no child", ECHILD);
	c->run = true;
	return 0;
}

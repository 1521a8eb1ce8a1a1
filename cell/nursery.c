/* A cell that starts other cells: to fork a process of some hundred kilobytes costs a fraction of forking the engine. */
#include "cell.h"
#include "sys.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

enum { PATIENCE = 10000 }; /* milliseconds until somebody has to connect */

/* In the new process: the connection that comes becomes the control socket of a cell that starts from the beginning. */
_Noreturn static void become_cell(int program, int listener)
{
	char name[] = "wharf-cell", *const arguments[] = {name, NULL};
	/* The nursery's own connection is looked at too: when the engine is gone nobody will connect. */
	struct pollfd wanted[2] = {{listener, POLLIN, 0}, {CONTROL_FD, 0, 0}};
	signal(SIGCHLD, SIG_DFL);
	setsid();
	bool asked = poll(wanted, 2, PATIENCE) > 0 && (wanted[0].revents & POLLIN);
	int control = asked ? accept(listener, NULL, NULL) : -1;
	if (control >= 0 && sys_close_range(CONTROL_FD, ~0u, CLOSE_RANGE_CLOEXEC) == 0 && dup2(control, CONTROL_FD) >= 0)
		execveat(program, "", arguments, environ, AT_EMPTY_PATH);
	_exit(1);
}

int op_SPAWN(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	if (c->program < 0)
		return fail_code(err, "SPAWN", path, ENOENT);
	CLOSING directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLOSING listener = directory < 0 ? -1 : listen_in(directory, "control");
	if (listener < 0)
		return fail(err, "listen", path);
	signal(SIGCHLD, SIG_IGN); /* the kernel reaps them */
	pid_t pid = fork();
	if (pid < 0)
		return fail(err, "fork", path);
	if (pid == 0)
		become_cell(c->program, listener);
	say(CONTROL_FD, "{\"event\":\"answer\",\"hex\":\"%08x\"}", (unsigned)pid);
	return 0;
}

/* The cell's life: programs from the control socket until it is closed, or until RUN makes it a monitor. */
#include "cell.h"
#include "sys.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *const NAMES[] = {
#define OP(name, signature, fields, text) #name,
#include "ops.def"
#undef OP
};

static void report(const struct program *p, uint32_t index, const struct err *err)
{
	char path[512], hint[512];
	json_escape(path, sizeof path, err->path);
	json_escape(hint, sizeof hint, err->hint);
	say(CONTROL_FD, "{\"event\":\"failed\",\"op\":\"%s\",\"index\":%u,\"syscall\":\"%s\",\"errno\":%d,\"path\":\"%s\",\"hint\":\"%s\"}",
	    index < p->count ? NAMES[p->steps[index].op] : "", index, err->call ? err->call : "", err->code, path, hint);
}

static void end_child(struct cell *c)
{
	if (c->child > 0) {
		kill(c->child, SIGKILL);
		waitpid(c->child, NULL, 0);
	}
	c->child = 0;
	replace_fd(&c->baton, -1);
	replace_fd(&c->pidfd, -1);
}

/* Waits for the engine. Returns false when a parked child has ended: such a sandbox is of no use to anybody. */
static bool wait_for_program(const struct cell *c)
{
	struct pollfd polls[2] = {{CONTROL_FD, POLLIN, 0}, {c->pidfd, POLLIN, 0}};
	while (poll(polls, 2, -1) < 0 && errno == EINTR)
		;
	return polls[1].revents == 0;
}

/* Receives one program and performs it. Returns false when the engine is gone or talks nonsense. */
static bool serve(struct cell *c)
{
	struct header header;
	struct program p = {0};
	struct err err = {0};
	uint32_t failed = 0;
	if (read_all(CONTROL_FD, &header, sizeof header) < 0 || header.kind != MSG_PROGRAM || header.size > MAX_MESSAGE)
		return false;
	uint8_t *memory = malloc((size_t)header.size + 1);
	if (!memory || read_all(CONTROL_FD, memory, header.size) < 0) {
		free(memory);
		return false;
	}
	int result = program_parse(&p, memory, header.size, &err);
	if (result == 0)
		result = interpret(c, &p, &err, &failed);
	if (result < 0) {
		end_child(c); /* first, so that whoever reads the report finds nothing left of it */
		report(&p, failed, &err);
	} else if (!c->run)
		say(CONTROL_FD, "{\"event\":\"done\"}");
	program_free(&p);
	return true;
}

int main(void)
{
	struct cell c = {.baton = -1, .pidfd = -1, .root = -1, .hidden = -1, .given = -1, .home = -1, .home_root = -1, .terminal = -1, .input = -1,
	                 .output = {-1, -1}, .directory = -1, .listener = -1, .program = -1, .gate = -1, .console = -1};
	/* The engine's other descriptors must not be here, and no container may inherit any. */
	sys_close_range(CONTROL_FD + 1, ~0u, 0);
	fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NAME, "wharf-cell");
	/* There is one monitor for every container: what was big is given back. */
	mallopt(M_MMAP_THRESHOLD, 16384);
	umask(022); /* not the engine's: it would be the container's, and cut the modes of what is made here */
	while (!c.run && wait_for_program(&c) && serve(&c))
		;
	if (c.run)
		monitor(&c);
	else
		end_child(&c);
	return 0;
}

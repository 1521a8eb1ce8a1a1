/*
 * Performing programs. Steps run strictly in the listed order; when the side changes, the cell and its child hand the
 * baton over a socket: GO(index) from the cell, DONE(next index) or FAILED from the child. Before execve the child says
 * EXEC; the socket then closes by itself when execve succeeds, or FAILED follows.
 */
#include "cell.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int (*performer)(struct cell *, struct args *, struct err *);

static const performer PERFORMERS[] = {
#define OP(name, signature, fields, text) op_##name,
#include "ops.def"
#undef OP
};

/* Performs one step on this side, honouring what the step tolerates. */
int perform(struct cell *c, struct step *step, struct err *err)
{
	struct args args = step->args;
	if (PERFORMERS[step->op](c, &args, err) == 0)
		return 0;
	if ((step->flags & STEP_OPTIONAL) || (step->tolerate && err->code == (int)step->tolerate)) {
		*err = (struct err){0}; /* its hint is not that of a later failure */
		return 0;
	}
	return -1;
}

/* What the child tells of its end without an answer: it was killed (a seccomp rule, the OOM killer) or lost. */
static int child_lost(struct cell *c, struct err *err)
{
	int status = 0;
	/* Its socket closes a moment before it can be reaped. */
	struct pollfd end = {c->pidfd, POLLIN, 0};
	poll(&end, 1, 200);
	if (waitpid(c->child, &status, WNOHANG) == c->child) {
		c->child = 0;
		if (WIFSIGNALED(status))
			return fail_code(err, "child", strsignal(WTERMSIG(status)), EINTR);
	}
	return fail_code(err, "child", "ended before it was ready", ECHILD);
}

/* Keeps the monitor's ends of the child's standard streams: [stdout, stderr, stdin] or [terminal]. */
static void keep_fds(struct cell *c, const int *fds, int count)
{
	c->stdio = count == 1 ? STDIO_TERMINAL : count > 2 ? STDIO_PIPES_IN : STDIO_PIPES;
	if (count == 1)
		c->terminal = fds[0];
	for (int i = 0; i < 2 && count > 1; i++)
		c->output[i] = fds[i];
	if (count > 2)
		c->input = fds[2];
}

struct failure {
	uint32_t index;
	struct err err;
	char call[32];
};

/* Lets the child perform steps from *at on; sets *at to the next host step. */
static int pass_baton(struct cell *c, uint32_t *at, struct err *err)
{
	if (c->baton < 0)
		return fail_code(err, "baton", "a child step without a child", EINVAL);
	if (send_header(c->baton, BATON_GO, at, sizeof *at) < 0)
		return child_lost(c, err);
	bool executing = false;
	for (;;) {
		struct header header;
		int fds[4], count = 0;
		if (receive_header(c->baton, &header, fds, &count) < 0) {
			if (!executing)
				return child_lost(c, err);
			replace_fd(&c->baton, -1);
			*at += 1; /* past EXEC, which was the last thing the child was asked for */
			return 0;
		}
		if (header.kind == BATON_FDS)
			keep_fds(c, fds, count);
		else if (header.kind == BATON_EXEC && read_all(c->baton, at, sizeof *at) == 0)
			executing = true;
		else if (header.kind == BATON_DONE && read_all(c->baton, at, sizeof *at) == 0)
			return 0;
		else if (header.kind == BATON_FAILED) {
			struct failure failure;
			static char call[32];
			if (read_all(c->baton, &failure, sizeof failure) < 0)
				return child_lost(c, err);
			*at = failure.index;
			*err = failure.err;
			memcpy(call, failure.call, sizeof call);
			call[sizeof call - 1] = 0;
			err->call = call;
			return -1;
		} else
			return child_lost(c, err);
	}
}

/* Host side. On failure *failed is the index of the step. */
int interpret(struct cell *c, struct program *p, struct err *err, uint32_t *failed)
{
	uint32_t at = 0;
	/* The child of an earlier message needs its copy; one that this program clones inherits it. */
	if (c->baton >= 0) {
		uint32_t size = (uint32_t)(p->count ? p->steps[p->count - 1].args.end - p->memory : 0);
		if (send_header(c->baton, BATON_PROGRAM, p->memory, size) < 0)
			return child_lost(c, err);
	}
	while (at < p->count) {
		struct step *step = &p->steps[at];
		*failed = at;
		if (step->flags & STEP_CHILD) {
			int result = pass_baton(c, &at, err);
			*failed = at;
			if (result < 0)
				return -1;
			continue;
		}
		if (perform(c, step, err) < 0)
			return -1;
		at++;
		if (c->is_child)
			child_main(c, p);
	}
	return 0;
}

/* Performs the child's steps from `at` up to the next host step or the end of the program. */
static void child_turn(struct cell *c, struct program *p, uint32_t at)
{
	struct failure failure = {0};
	for (; at < p->count && (p->steps[at].flags & STEP_CHILD); at++) {
		if (p->steps[at].op == OP_EXEC) {
			/* From here on the end of the monitor ends the child; if it came before, the message cannot be sent. */
			if (c->gate < 0)
				prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (send_header(c->baton, BATON_EXEC, &at, sizeof at) < 0)
				_exit(127);
		}
		if (perform(c, &p->steps[at], &failure.err) == 0)
			continue;
		failure.index = at;
		strncpy(failure.call, failure.err.call ? failure.err.call : "", sizeof failure.call - 1);
		(void)!send_header(c->baton, BATON_FAILED, &failure, sizeof failure);
		_exit(127);
	}
	if (send_header(c->baton, BATON_DONE, &at, sizeof at) < 0)
		_exit(127);
}

/* The child waits for programs and turns; when the cell is gone it ends. */
_Noreturn void child_main(struct cell *c, struct program *p)
{
	struct program own = *p;
	for (;;) {
		struct header header;
		int fds[4], count = 0;
		if (receive_header(c->baton, &header, fds, &count) < 0)
			_exit(127);
		if (header.kind == BATON_GO) {
			uint32_t at;
			if (read_all(c->baton, &at, sizeof at) < 0)
				_exit(127);
			child_turn(c, &own, at);
		} else if (header.kind == BATON_MOUNT && count == 1)
			replace_fd(&c->given, fds[0]);
		else if (header.kind == BATON_PROGRAM && header.size <= MAX_MESSAGE) {
			struct err err;
			uint8_t *memory = malloc((size_t)header.size + 1);
			if (!memory || read_all(c->baton, memory, header.size) < 0)
				_exit(127);
			program_free(&own);
			if (program_parse(&own, memory, header.size, &err) < 0)
				_exit(127);
		} else
			_exit(127);
	}
}

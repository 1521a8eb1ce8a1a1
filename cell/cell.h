/*
 * cell: an interpreter of system calls and the monitor of one process tree.
 *
 * It holds no policy. The engine sends programs (lists of operations, see ops.def); the cell performs them in order,
 * some itself on the host, some in the child that it cloned into new namespaces, and stops at the first that fails.
 *
 * Error convention: functions return 0 (or a descriptor) on success; -1 with *err filled on failure.
 */
#ifndef CELL_H
#define CELL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_MESSAGE (4u * 1024 * 1024)
#define MAX_STEPS 4096
#define CONTROL_FD 3

enum op {
#define OP(name, signature, fields, text) OP_##name,
#include "ops.def"
#undef OP
	OP_COUNT
};

/* Where and why an operation failed; path and hint are for people. */
struct err {
	const char *call;
	int code;
	char path[256];
	char hint[256];
};

struct bytes {
	const uint8_t *data;
	size_t size;
};

/* The arguments of one step, read front to back. `bad` is set by any read past the end or of a malformed field. */
struct args {
	const uint8_t *at, *end;
	bool bad;
};

uint64_t arg_number(struct args *a);
const char *arg_string(struct args *a);
struct bytes arg_bytes(struct args *a);
/* A NULL-terminated vector in fresh memory; NULL when malformed. */
char **arg_list(struct args *a);

struct step {
	uint16_t op, flags;
	uint32_t tolerate;
	struct args args;
};
enum { STEP_CHILD = 1, STEP_OPTIONAL = 2 };

struct program {
	uint8_t *memory;
	struct step *steps;
	uint32_t count;
};
/* Takes `memory` over. */
int program_parse(struct program *p, uint8_t *memory, size_t size, struct err *err);
void program_free(struct program *p);

/* Messages between engine and cell, and between cell and child: kind, payload length. */
struct header {
	uint32_t kind, size;
};
enum { MSG_PROGRAM = 1, MSG_SIGNAL = 2, MSG_RESIZE = 3, MSG_CLOSE_STDIN = 4, MSG_ATTACH = 16, MSG_CONTROL = 17 };
enum { BATON_PROGRAM = 1, BATON_GO, BATON_DONE, BATON_FAILED, BATON_FDS, BATON_EXEC, BATON_MOUNT };

enum stdio_mode { STDIO_NULL, STDIO_PIPES, STDIO_PIPES_IN, STDIO_TERMINAL, STDIO_TERMINAL_ONLY };

/* All state of a cell, on both sides of the clone. */
struct cell {
	bool is_child;
	bool sealed;  /* every descriptor but the standard ones is close-on-exec */
	int baton;    /* socket between cell and child, -1 before CLONE */
	pid_t child;  /* on the host side */
	int pidfd;
	int root;     /* ROOT, -1 before */
	int hidden;   /* empty tmpfs that MASK clones, -1 before */
	int given;    /* in the child: the mount that the cell made for its next step, or -1 */
	int home, home_root; /* while ASIDE: the mount namespace and root to go back to, else -1 */
	int terminal; /* pty master, or -1 */
	int input;    /* write end of the child's stdin, or -1 */
	int output[2];
	int program; /* after SEAL: the sealed copy, else -1 */
	int gate, console; /* of a child that another runtime's caller takes over, or -1 */
	enum stdio_mode stdio;
	/* monitor */
	int directory, listener;
	bool close_input_once;
	struct log *log; /* NULL without LOG */
	char *oom_path, *oom_key;
	bool run; /* RUN was performed */
};

/* error.c */
int fail(struct err *err, const char *call, const char *path);
int fail_code(struct err *err, const char *call, const char *path, int code);
size_t json_escape(char *out, size_t room, const char *text);

/* io.c */
/* Closes the descriptor, if it is one, and puts another, or -1, in its place. */
void replace_fd(int *fd, int with);
int write_all(int fd, const void *data, size_t size);
int read_all(int fd, void *data, size_t size);
int send_header(int fd, uint32_t kind, const void *payload, uint32_t size);
int send_fds(int fd, uint32_t kind, const int *fds, int count);
int receive_header(int fd, struct header *header, int *fds, int *count);
void say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* interpret.c */
int interpret(struct cell *c, struct program *p, struct err *err, uint32_t *failed);
_Noreturn void child_main(struct cell *c, struct program *p);
int perform(struct cell *c, struct step *step, struct err *err);

/* One function per operation, op_<NAME>. */
#define OP(name, signature, fields, text) int op_##name(struct cell *c, struct args *a, struct err *err);
#include "ops.def"
#undef OP

/* inroot.c: paths below the root. kind: 0 must exist, 1 make a directory, 2 make a file. */
int open_in_root(struct cell *c, const char *path, int kind, struct err *err);
int open_parent_in_root(struct cell *c, const char *path, char name[256], struct err *err);

/* ops_stdio.c: a listening socket of this name in the directory, which only its owner may use; -1 with errno. */
int listen_in(int directory, const char *name);

/* log.c */
struct log;
struct log *log_open(const char *path, const char *attributes, uint64_t max_size, uint64_t max_files, struct err *err);
void log_write(struct log *l, int stream, const uint8_t *data, size_t size);
void log_finish(struct log *l);

/* monitor.c */
void monitor(struct cell *c);

#endif

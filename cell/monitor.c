/*
 * The monitor: stays beside the container, independent of the engine. It copies the container's output to the log and,
 * already framed as the API's stream format, to whoever is attached; input the other way; answers resize and signals;
 * records the end. Nothing here may give up while the container lives: a failing log or client is dropped, not fatal.
 */
#include "cell.h"
#include "sys.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#define CHUNK 65536
#define MAX_PEERS 128
#define DRAIN_MS 10000 /* how long to wait for output that others hold open, and for slow readers, after the end */

enum { WANT_STDIN = 1, WANT_STDOUT = 2, WANT_STDERR = 4 };
enum peer_kind { PEER_NEW, PEER_ATTACHED, PEER_CONTROL };

struct peer {
	int fd;
	enum peer_kind kind;
	uint32_t want;
	bool input_ended;
	uint8_t in[16]; /* a message that has not arrived whole */
	size_t in_used;
	uint8_t *late; /* output that the peer has not taken yet */
	size_t late_size, late_sent;
};

struct monitor {
	struct cell *c;
	struct log *log;
	int streams[2];
	struct peer peers[MAX_PEERS];
	int peer_count;
	uint8_t *input; /* input that the container has not taken yet */
	size_t input_size, input_sent;
	bool exited;
	int code, signal;
	uint64_t oom;
	struct timespec deadline;
	uint8_t buffer[CHUNK];
};

static void tell_state(struct monitor *m, int fd)
{
	if (m->exited)
		say(fd, "{\"event\":\"exited\",\"code\":%d,\"signal\":%d,\"oom\":%llu}", m->code, m->signal,
		    (unsigned long long)m->oom);
	else
		say(fd, "{\"event\":\"running\",\"pid\":%d}", (int)m->c->child);
}

static void close_input(struct monitor *m)
{
	if (m->c->input >= 0)
		close(m->c->input);
	m->c->input = -1;
	free(m->input);
	m->input = NULL;
	m->input_size = 0;
}

static void drop_peer(struct monitor *m, struct peer *p)
{
	if (p->kind == PEER_ATTACHED && (p->want & WANT_STDIN) && !p->input_ended && m->c->close_input_once &&
	    m->input_size == 0)
		close_input(m);
	close(p->fd);
	free(p->late);
	*p = (struct peer){.fd = -1};
}

static void add_peer(struct monitor *m, int fd, enum peer_kind kind)
{
	int slot = 0;
	while (slot < m->peer_count && m->peers[slot].fd >= 0)
		slot++;
	if (slot == MAX_PEERS) {
		close(fd);
		return;
	}
	if (slot == m->peer_count)
		m->peer_count++;
	m->peers[slot] = (struct peer){.fd = fd, .kind = kind};
	if (kind == PEER_CONTROL)
		tell_state(m, fd);
}

/* Keeps what could not be sent; reading the container pauses until it is gone, so this stays about one chunk. */
static void keep_late(struct peer *p, const struct iovec *parts, int count, size_t skip)
{
	size_t more = 0;
	for (int i = 0; i < count; i++)
		more += parts[i].iov_len;
	uint8_t *grown = realloc(p->late, p->late_size + more - skip);
	if (!grown)
		return;
	p->late = grown;
	for (int i = 0; i < count; i++) {
		size_t part = parts[i].iov_len, cut = skip < part ? skip : part;
		memcpy(p->late + p->late_size, (uint8_t *)parts[i].iov_base + cut, part - cut);
		p->late_size += part - cut;
		skip -= cut;
	}
}

/* One chunk of output to one attached peer: 8 bytes of header (stream, length) unless it is a terminal. */
static void deliver(struct monitor *m, struct peer *p, int stream, uint8_t *data, size_t size)
{
	uint32_t length = htonl((uint32_t)size);
	uint8_t header[8] = {(uint8_t)(stream + 1)};
	memcpy(header + 4, &length, sizeof length);
	bool raw = m->c->stdio == STDIO_TERMINAL;
	struct iovec parts[2] = {{header, raw ? 0 : sizeof header}, {data, size}};
	ssize_t n = 0;
	if (p->late_size == 0) {
		struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
		n = sendmsg(p->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			drop_peer(m, p);
			return;
		}
		if (n < 0)
			n = 0;
	}
	if ((size_t)n < parts[0].iov_len + size)
		keep_late(p, parts, 2, (size_t)n);
}

static void send_late(struct monitor *m, struct peer *p)
{
	ssize_t n = send(p->fd, p->late + p->late_sent, p->late_size - p->late_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			drop_peer(m, p);
		return;
	}
	p->late_sent += (size_t)n;
	if (p->late_sent == p->late_size) {
		free(p->late);
		p->late = NULL;
		p->late_size = p->late_sent = 0;
	}
}

/* Reads one chunk of a stream. Returns false when there is nothing (more) to read now. */
static bool read_stream(struct monitor *m, int stream)
{
	ssize_t n = read(m->streams[stream], m->buffer, sizeof m->buffer);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) { /* end of file; EIO from a terminal whose last user is gone */
		if (m->streams[stream] == m->c->terminal)
			m->c->terminal = -1;
		close(m->streams[stream]);
		m->streams[stream] = -1;
		return false;
	}
	if (m->log)
		log_write(m->log, stream, m->buffer, (size_t)n);
	for (int i = 0; i < m->peer_count; i++) {
		struct peer *p = &m->peers[i];
		if (p->fd >= 0 && p->kind == PEER_ATTACHED && (p->want & (WANT_STDOUT << stream)))
			deliver(m, p, stream, m->buffer, (size_t)n);
	}
	return true;
}

static int input_fd(struct monitor *m)
{
	return m->c->stdio == STDIO_TERMINAL ? m->c->terminal : m->c->input;
}

static void send_input(struct monitor *m)
{
	int fd = input_fd(m);
	if (fd < 0 || m->input_size == 0)
		return;
	ssize_t n = write(fd, m->input + m->input_sent, m->input_size - m->input_sent);
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		close_input(m); /* the container closed its stdin */
		return;
	}
	m->input_sent += (size_t)n;
	if (m->input_sent < m->input_size)
		return;
	free(m->input);
	m->input = NULL;
	m->input_size = m->input_sent = 0;
}

static void input_ended(struct monitor *m, struct peer *p)
{
	p->input_ended = true;
	if ((p->want & WANT_STDIN) && m->c->close_input_once)
		close_input(m);
}

/* Bytes from an attached peer are the container's input. Not called while earlier input is still waiting. */
static void read_input(struct monitor *m, struct peer *p)
{
	ssize_t n = recv(p->fd, m->buffer, sizeof m->buffer, MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			drop_peer(m, p);
		return;
	}
	if (n == 0) {
		input_ended(m, p);
		return;
	}
	if (!(p->want & WANT_STDIN) || input_fd(m) < 0)
		return;
	m->input = malloc((size_t)n);
	if (!m->input)
		return;
	memcpy(m->input, m->buffer, (size_t)n);
	m->input_size = (size_t)n;
	m->input_sent = 0;
	send_input(m);
}

static void obey(struct monitor *m, struct peer *p, uint32_t kind, const uint8_t *payload, uint32_t size)
{
	uint32_t value = 0;
	if (size >= 4)
		memcpy(&value, payload, 4);
	if (p->kind == PEER_NEW && kind == MSG_ATTACH) {
		p->kind = PEER_ATTACHED;
		p->want = value;
	} else if (p->kind == PEER_NEW && kind == MSG_CONTROL) {
		p->kind = PEER_CONTROL;
		tell_state(m, p->fd);
	} else if (p->kind == PEER_CONTROL && kind == MSG_SIGNAL && !m->exited)
		sys_pidfd_send_signal(m->c->pidfd, (int)value);
	else if (p->kind == PEER_CONTROL && kind == MSG_RESIZE && m->c->terminal >= 0) {
		struct winsize window = {.ws_row = (unsigned short)value, .ws_col = (unsigned short)(value >> 16)};
		ioctl(m->c->terminal, TIOCSWINSZ, &window);
	} else if (p->kind == PEER_CONTROL && kind == MSG_CLOSE_STDIN)
		close_input(m);
}

/* Messages on new and control connections: header and at most 8 bytes. Anything else ends the connection. */
static void read_message(struct monitor *m, struct peer *p)
{
	struct header header;
	size_t want = sizeof header;
	if (p->in_used >= sizeof header) {
		memcpy(&header, p->in, sizeof header);
		want += header.size;
	}
	ssize_t n = recv(p->fd, p->in + p->in_used, want - p->in_used, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop_peer(m, p);
		return;
	}
	p->in_used += (size_t)n;
	if (p->in_used < sizeof header)
		return;
	memcpy(&header, p->in, sizeof header);
	if (header.size > sizeof p->in - sizeof header) {
		drop_peer(m, p);
		return;
	}
	if (p->in_used < sizeof header + header.size)
		return;
	p->in_used = 0;
	obey(m, p, header.kind, p->in + sizeof header, header.size);
}

static uint64_t read_oom(const struct cell *c)
{
	char text[4096];
	if (!c->oom_path)
		return 0;
	int fd = open(c->oom_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	text[n] = 0;
	size_t length = strlen(c->oom_key);
	for (char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (strncmp(line, c->oom_key, length) == 0 && line[length] == ' ')
			return strtoull(line + length + 1, NULL, 10);
	return 0;
}

/* The record that survives everything: written beside, then renamed, so that it is there whole or not at all. */
static void write_record(struct monitor *m)
{
	char text[160];
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int n = snprintf(text, sizeof text, "{\"code\":%d,\"signal\":%d,\"oom\":%llu,\"at\":\"%lld%09ld\"}\n", m->code,
	                 m->signal, (unsigned long long)m->oom, (long long)now.tv_sec, now.tv_nsec);
	int fd = openat(m->c->directory, "exit.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return;
	if (write_all(fd, text, (size_t)n) == 0)
		renameat(m->c->directory, "exit.new", m->c->directory, "exit");
	close(fd);
}

static void child_ended(struct monitor *m)
{
	int status = 0;
	if (waitpid(m->c->child, &status, WNOHANG) != m->c->child)
		return;
	m->exited = true;
	m->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	m->code = m->signal ? 128 + m->signal : WEXITSTATUS(status);
	m->oom = read_oom(m->c);
	clock_gettime(CLOCK_MONOTONIC, &m->deadline);
	/* What its writers left in the pipes is read at once: it is bounded, and nobody should wait for a slow reader. */
	for (int stream = 0; stream < 2; stream++)
		while (m->streams[stream] >= 0 && read_stream(m, stream))
			;
}

static bool past_deadline(const struct monitor *m)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - m->deadline.tv_sec) * 1000 + (now.tv_nsec - m->deadline.tv_nsec) / 1000000 > DRAIN_MS;
}

static bool output_blocked(const struct monitor *m)
{
	for (int i = 0; i < m->peer_count; i++)
		if (m->peers[i].fd >= 0 && (m->peers[i].late_size > 0 || m->peers[i].kind == PEER_NEW))
			return true;
	return false;
}

static void accept_peers(struct monitor *m)
{
	int fd;
	while ((fd = accept4(m->c->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		add_peer(m, fd, PEER_NEW);
}

enum { SLOT_CHILD, SLOT_LISTEN, SLOT_OUT, SLOT_ERR, SLOT_IN, SLOT_PEERS };

static void fill_polls(struct monitor *m, struct pollfd *polls)
{
	bool blocked = output_blocked(m);
	int in = input_fd(m);
	polls[SLOT_CHILD] = (struct pollfd){m->exited ? -1 : m->c->pidfd, POLLIN, 0};
	polls[SLOT_LISTEN] = (struct pollfd){m->c->listener, POLLIN, 0};
	for (int i = 0; i < 2; i++)
		polls[SLOT_OUT + i] = (struct pollfd){blocked && !m->exited ? -1 : m->streams[i], POLLIN, 0};
	polls[SLOT_IN] = (struct pollfd){m->input_size > 0 ? in : -1, POLLOUT, 0};
	for (int i = 0; i < m->peer_count; i++) {
		struct peer *p = &m->peers[i];
		bool reads = p->kind != PEER_ATTACHED || (!p->input_ended && m->input_size == 0);
		short events = (short)((reads ? POLLIN : 0) | (p->late_size > 0 ? POLLOUT : 0));
		polls[SLOT_PEERS + i] = (struct pollfd){p->fd, events, 0};
	}
}

static void serve_peer(struct monitor *m, struct peer *p, short events)
{
	if (events & (POLLIN | POLLHUP)) {
		if (p->kind != PEER_ATTACHED)
			read_message(m, p);
		else if (!p->input_ended && m->input_size == 0)
			read_input(m, p);
		else if (events & POLLHUP)
			drop_peer(m, p); /* both directions are closed */
	}
	if (p->fd >= 0 && (events & POLLERR))
		drop_peer(m, p);
	if (p->fd >= 0 && (events & POLLOUT) && p->late_size > 0)
		send_late(m, p);
}

static void turn(struct monitor *m, int timeout)
{
	struct pollfd polls[SLOT_PEERS + MAX_PEERS];
	fill_polls(m, polls);
	int peers = m->peer_count;
	if (poll(polls, (nfds_t)(SLOT_PEERS + peers), timeout) <= 0)
		return;
	if (polls[SLOT_LISTEN].revents)
		accept_peers(m);
	for (int i = 0; i < peers; i++)
		if (polls[SLOT_PEERS + i].revents && m->peers[i].fd == polls[SLOT_PEERS + i].fd)
			serve_peer(m, &m->peers[i], polls[SLOT_PEERS + i].revents);
	for (int i = 0; i < 2; i++)
		if (polls[SLOT_OUT + i].revents && m->streams[i] >= 0)
			read_stream(m, i);
	if (polls[SLOT_IN].revents)
		send_input(m);
	if (polls[SLOT_CHILD].revents)
		child_ended(m);
}

static void set_up(struct monitor *m, struct cell *c)
{
	struct err err = {0};
	m->c = c;
	bool terminal = c->stdio == STDIO_TERMINAL;
	m->streams[0] = terminal ? c->terminal : c->output[0];
	m->streams[1] = terminal ? -1 : c->output[1];
	for (int i = 0; i < 2; i++)
		if (m->streams[i] >= 0)
			fcntl(m->streams[i], F_SETFL, fcntl(m->streams[i], F_GETFL) | O_NONBLOCK);
	if (c->input >= 0)
		fcntl(c->input, F_SETFL, fcntl(c->input, F_GETFL) | O_NONBLOCK);
	if (c->log_path)
		m->log = log_open(c->log_path, c->log_size, c->log_files, &err);
	add_peer(m, CONTROL_FD, PEER_CONTROL);
	/* Clients that the engine connected before the start must not miss the first byte. */
	if (c->listener >= 0)
		accept_peers(m);
}

static void announce_end(struct monitor *m)
{
	if (m->log)
		log_finish(m->log);
	m->log = NULL;
	if (m->c->directory >= 0)
		write_record(m);
	for (int i = 0; i < m->peer_count; i++)
		if (m->peers[i].fd >= 0 && m->peers[i].kind == PEER_CONTROL)
			tell_state(m, m->peers[i].fd);
}

/* After the end: attached peers get the rest of their output; one that is done or gone is closed. */
static bool still_sending(struct monitor *m)
{
	bool busy = false;
	for (int i = 0; i < m->peer_count; i++) {
		struct peer *p = &m->peers[i];
		if (p->fd < 0 || p->kind == PEER_CONTROL)
			continue;
		if (p->kind == PEER_ATTACHED && p->late_size == 0)
			drop_peer(m, p);
		else
			busy = true;
	}
	return busy;
}

void monitor(struct cell *c)
{
	struct monitor *m = calloc(1, sizeof *m);
	if (!m)
		return;
	set_up(m, c);
	while (!m->exited || ((m->streams[0] >= 0 || m->streams[1] >= 0) && !past_deadline(m)))
		turn(m, m->exited ? 100 : -1);
	announce_end(m);
	clock_gettime(CLOCK_MONOTONIC, &m->deadline);
	while (still_sending(m) && !past_deadline(m))
		turn(m, 100);
}

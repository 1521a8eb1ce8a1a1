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
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#define CHUNK 65536
#define MAX_PEERS 128
#define DRAIN_MS 2000   /* after the end: how long to wait for output that other processes hold open (as Docker) */
#define HELLO_MS 1000  /* how long a new connection may hold up the output without saying what it wants; < DRAIN_MS */
#define LATE_MAX (4u << 20) /* after the end: what is kept for one slow reader before the streams wait for it */

enum { WANT_STDIN = 1, WANT_STDOUT = 2, WANT_STDERR = 4 };
enum peer_kind { PEER_NEW, PEER_ATTACHED, PEER_CONTROL };

struct peer {
	int fd;
	enum peer_kind kind;
	uint32_t want;
	int64_t since;
	bool input_ended;
	bool deaf;      /* takes no more output; stays until its input is read */
	uint8_t in[16]; /* a message that has not arrived whole */
	size_t in_used;
	uint8_t *late; /* output that the peer has not taken yet */
	size_t late_size, late_sent;
};

struct monitor {
	struct cell *c;
	int streams[2];
	int slave; /* keeps the terminal alive while the container has it closed for a moment, or -1 */
	struct peer peers[MAX_PEERS];
	int peer_count;
	uint8_t *input; /* input that the container has not taken yet */
	size_t input_size, input_sent;
	bool input_over; /* close the container's input when the rest is written */
	int64_t accept_again;
	bool exited;
	int code, signal;
	uint64_t oom;
	struct timespec ended;
	int64_t deadline, read_at;
	bool trickle; /* the last read brought little, and only for the log */
	uint8_t buffer[CHUNK];
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How it ended, as members of a JSON object. */
static const char *outcome(const struct monitor *m, char text[160])
{
	snprintf(text, 160, "\"code\":%d,\"signal\":%d,\"oom\":%llu,\"at\":\"%lld%09ld\"", m->code, m->signal,
	         (unsigned long long)m->oom, (long long)m->ended.tv_sec, m->ended.tv_nsec);
	return text;
}

static void tell_state(struct monitor *m, int fd)
{
	char text[160];
	if (m->exited)
		say(fd, "{\"event\":\"exited\",%s}", outcome(m, text));
	else
		say(fd, "{\"event\":\"running\",\"pid\":%d}", (int)m->c->child);
}

/* Ends the container's input, once everything that was sent before is written. */
static void end_input(struct monitor *m)
{
	m->input_over = true;
	if (m->input_size == 0 && m->c->input >= 0)
		replace_fd(&m->c->input, -1);
}

/* Nothing is waiting for the container any more. */
static void input_written(struct monitor *m)
{
	free(m->input);
	m->input = NULL;
	m->input_size = m->input_sent = 0;
	if (m->input_over)
		end_input(m);
}

static void input_ended(struct monitor *m, struct peer *p)
{
	p->input_ended = true;
	if ((p->want & WANT_STDIN) && m->c->close_input_once)
		end_input(m);
}

static void drop_peer(struct monitor *m, struct peer *p)
{
	if (p->kind == PEER_ATTACHED && !p->input_ended)
		input_ended(m, p);
	/* Closing a socket with bytes in it that nobody read would make the other side's end an error. */
	shutdown(p->fd, SHUT_RDWR);
	while (recv(p->fd, m->buffer, sizeof m->buffer, MSG_DONTWAIT) > 0) {}
	close(p->fd);
	free(p->late);
	*p = (struct peer){.fd = -1};
}

static void forget_late(struct peer *p)
{
	free(p->late);
	p->late = NULL;
	p->late_size = p->late_sent = 0;
}

/* The peer cannot be sent anything; what it sent before is still the container's input. */
static void lose_peer(struct monitor *m, struct peer *p)
{
	forget_late(p);
	p->deaf = true;
	if (p->input_ended)
		drop_peer(m, p);
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
	m->peers[slot] = (struct peer){.fd = fd, .kind = kind, .since = now_ms()};
	if (kind == PEER_CONTROL)
		tell_state(m, fd);
}

/* Keeps what could not be sent; reading the container pauses until it is gone, so this stays about one chunk. */
static bool keep_late(struct peer *p, const struct iovec *parts, int count, size_t skip)
{
	size_t more = 0;
	for (int i = 0; i < count; i++)
		more += parts[i].iov_len;
	uint8_t *grown = realloc(p->late, p->late_size + more - skip);
	if (!grown)
		return false;
	p->late = grown;
	for (int i = 0; i < count; i++) {
		size_t part = parts[i].iov_len, cut = skip < part ? skip : part;
		memcpy(p->late + p->late_size, (uint8_t *)parts[i].iov_base + cut, part - cut);
		p->late_size += part - cut;
		skip -= cut;
	}
	return true;
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
			lose_peer(m, p);
			return;
		}
		n = n < 0 ? 0 : n;
	}
	/* Without memory the connection ends: a gap would break its framing. */
	if ((size_t)n < parts[0].iov_len + size && !keep_late(p, parts, 2, (size_t)n))
		lose_peer(m, p);
}

static void send_late(struct monitor *m, struct peer *p)
{
	ssize_t n = send(p->fd, p->late + p->late_sent, p->late_size - p->late_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		lose_peer(m, p);
	if (n < 0)
		return;
	p->late_sent += (size_t)n;
	if (p->late_sent == p->late_size)
		forget_late(p);
}

/* Reads one chunk of a stream. What trickles in fast for the log alone is left to gather: a turn for each piece is dear. */
static void read_stream(struct monitor *m, int stream)
{
	if (m->trickle && now_ms() <= m->read_at + 1)
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	ssize_t n = read(m->streams[stream], m->buffer, sizeof m->buffer);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* end of file; EIO from a terminal whose last user is gone */
		if (m->streams[stream] == m->c->terminal)
			m->c->terminal = -1;
		replace_fd(&m->streams[stream], -1);
		return;
	}
	if (m->c->log)
		log_write(m->c->log, stream, m->buffer, (size_t)n);
	m->trickle = n < CHUNK / 4 && m->c->stdio != STDIO_TERMINAL;
	m->read_at = now_ms();
	for (int i = 0; i < m->peer_count; i++) {
		struct peer *p = &m->peers[i];
		if (p->fd < 0 || p->kind != PEER_ATTACHED || p->deaf || !(p->want & (WANT_STDOUT << stream)))
			continue;
		m->trickle = false;
		deliver(m, p, stream, m->buffer, (size_t)n);
	}
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
		m->input_over = true; /* the container closed its stdin */
		input_written(m);
		return;
	}
	m->input_sent += (size_t)n;
	if (m->input_sent == m->input_size)
		input_written(m);
}

/* Whether the peer is read now: while earlier input is waiting, only a peer whose bytes are thrown away. */
static bool wants_read(const struct monitor *m, const struct peer *p)
{
	return p->kind != PEER_ATTACHED || (!p->input_ended && (m->input_size == 0 || !(p->want & WANT_STDIN)));
}

/* Bytes from an attached peer are the container's input. Not called while earlier input is still waiting (wants_read). */
static void read_input(struct monitor *m, struct peer *p)
{
	ssize_t n = recv(p->fd, m->buffer, sizeof m->buffer, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		input_ended(m, p);
		if (n < 0 || p->deaf)
			drop_peer(m, p);
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
		end_input(m);
	else if (p->kind == PEER_NEW)
		drop_peer(m, p);
}

/* One message on a new or control connection: header and at most 8 bytes. Anything else ends the connection. */
static void read_message(struct monitor *m, struct peer *p)
{
	for (;;) {
		struct header header = {0};
		if (p->in_used >= sizeof header)
			memcpy(&header, p->in, sizeof header);
		if (header.size > sizeof p->in - sizeof header) {
			drop_peer(m, p);
			return;
		}
		size_t want = sizeof header + header.size;
		if (p->in_used == want) {
			p->in_used = 0;
			obey(m, p, header.kind, p->in + sizeof header, header.size);
			return;
		}
		ssize_t n = recv(p->fd, p->in + p->in_used, want - p->in_used, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			drop_peer(m, p);
			return;
		}
		p->in_used += (size_t)n;
	}
}

static uint64_t read_oom(const struct cell *c)
{
	char text[4096];
	if (!c->oom_path)
		return 0;
	CLOSING fd = open(c->oom_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
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
	char text[160], line[168];
	int n = snprintf(line, sizeof line, "{%s}\n", outcome(m, text));
	CLOSING fd = openat(m->c->directory, "exit.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return;
	if (write_all(fd, line, (size_t)n) == 0)
		renameat(m->c->directory, "exit.new", m->c->directory, "exit");
}

static void child_ended(struct monitor *m)
{
	int status = 0;
	if (waitpid(m->c->child, &status, WNOHANG) != m->c->child)
		return;
	m->exited = true;
	m->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	m->code = m->signal ? 128 + m->signal : WEXITSTATUS(status);
	clock_gettime(CLOCK_REALTIME, &m->ended);
	m->oom = read_oom(m->c);
	m->deadline = now_ms() + DRAIN_MS;
	replace_fd(&m->slave, -1);
}

/*
 * Whether the streams wait for a peer. After the end they hardly do: what writers left in a pipe is bounded, and the
 * end should not be late because somebody reads slowly. Only a stream that others still write to is held up.
 */
static bool output_blocked(const struct monitor *m)
{
	for (int i = 0; i < m->peer_count; i++) {
		const struct peer *p = &m->peers[i];
		if (p->fd >= 0 && (p->late_size > (m->exited ? LATE_MAX : 0) || p->kind == PEER_NEW))
			return true;
	}
	return false;
}

static void accept_peers(struct monitor *m)
{
	int fd;
	while ((fd = accept4(m->c->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		add_peer(m, fd, PEER_NEW);
	if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		m->accept_again = now_ms() + 1000; /* out of descriptors: the listener stays readable */
}

/* How long the next turn may sleep; connections that never said what they want are closed. */
static int next_timeout(struct monitor *m)
{
	int timeout = m->exited && (m->streams[0] >= 0 || m->streams[1] >= 0) ? 100 : -1;
	for (int i = 0; i < m->peer_count; i++) {
		if (m->peers[i].fd < 0 || m->peers[i].kind != PEER_NEW)
			continue;
		timeout = 100;
		if (now_ms() - m->peers[i].since > HELLO_MS)
			drop_peer(m, &m->peers[i]);
	}
	if (m->accept_again && now_ms() >= m->accept_again)
		m->accept_again = 0;
	return m->accept_again ? 100 : timeout;
}

enum { SLOT_CHILD, SLOT_LISTEN, SLOT_OUT, SLOT_ERR, SLOT_IN, SLOT_PEERS };

static void fill_polls(struct monitor *m, struct pollfd *polls)
{
	bool blocked = output_blocked(m);
	int in = input_fd(m);
	polls[SLOT_CHILD] = (struct pollfd){m->exited ? -1 : m->c->pidfd, POLLIN, 0};
	polls[SLOT_LISTEN] = (struct pollfd){m->accept_again ? -1 : m->c->listener, POLLIN, 0};
	for (int i = 0; i < 2; i++)
		polls[SLOT_OUT + i] = (struct pollfd){blocked ? -1 : m->streams[i], POLLIN, 0};
	polls[SLOT_IN] = (struct pollfd){m->input_size > 0 ? in : -1, POLLOUT, 0};
	for (int i = 0; i < m->peer_count; i++) {
		struct peer *p = &m->peers[i];
		bool reads = wants_read(m, p);
		short events = (short)((reads ? POLLIN : 0) | (p->late_size > 0 ? POLLOUT : 0));
		/* One that is only waited for would wake every poll with its hang-up. */
		polls[SLOT_PEERS + i] = (struct pollfd){p->deaf && !reads ? -1 : p->fd, events, 0};
	}
}

static void serve_peer(struct monitor *m, struct peer *p, short events)
{
	bool gone = events & (POLLHUP | POLLERR);
	if ((events & POLLIN || gone) && wants_read(m, p)) {
		if (p->kind == PEER_ATTACHED)
			read_input(m, p);
		else
			read_message(m, p);
	} else if (gone)
		lose_peer(m, p);
	if (p->fd >= 0 && (events & POLLOUT) && p->late_size > 0)
		send_late(m, p);
}

static void turn(struct monitor *m)
{
	struct pollfd polls[SLOT_PEERS + MAX_PEERS];
	int timeout = next_timeout(m);
	fill_polls(m, polls);
	int peers = m->peer_count;
	if (poll(polls, (nfds_t)(SLOT_PEERS + peers), timeout) <= 0)
		return;
	if (polls[SLOT_LISTEN].revents)
		accept_peers(m);
	for (int i = 0; i < peers; i++)
		if (polls[SLOT_PEERS + i].revents && m->peers[i].fd == polls[SLOT_PEERS + i].fd)
			serve_peer(m, &m->peers[i], polls[SLOT_PEERS + i].revents);
	/* Not past a peer that has come in this turn: it may have been there before the output. */
	for (int i = 0; i < 2 && !output_blocked(m); i++)
		if (polls[SLOT_OUT + i].revents && m->streams[i] >= 0)
			read_stream(m, i);
	if (polls[SLOT_IN].revents)
		send_input(m);
	if (polls[SLOT_CHILD].revents)
		child_ended(m);
}

static void set_up(struct monitor *m, struct cell *c)
{
	m->c = c;
	bool terminal = c->stdio == STDIO_TERMINAL;
	m->streams[0] = terminal ? c->terminal : c->output[0];
	m->streams[1] = terminal ? -1 : c->output[1];
	m->slave = terminal ? ioctl(c->terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	for (int i = 0; i < 2; i++)
		if (m->streams[i] >= 0)
			fcntl(m->streams[i], F_SETFL, fcntl(m->streams[i], F_GETFL) | O_NONBLOCK);
	if (c->input >= 0)
		fcntl(c->input, F_SETFL, fcntl(c->input, F_GETFL) | O_NONBLOCK);
	add_peer(m, CONTROL_FD, PEER_CONTROL);
	/* Clients that the engine connected before the start must not miss the first byte. */
	if (c->listener >= 0)
		accept_peers(m);
}

/* The log first, then the record, then the message: whoever hears of the end finds all of it. */
static void announce_end(struct monitor *m)
{
	for (int i = 0; i < 2; i++)
		replace_fd(&m->streams[i], -1);
	m->c->terminal = -1;
	if (m->c->log)
		log_finish(m->c->log);
	m->c->log = NULL;
	if (m->c->directory >= 0)
		write_record(m);
	for (int i = 0; i < m->peer_count; i++)
		if (m->peers[i].fd >= 0 && m->peers[i].kind == PEER_CONTROL)
			tell_state(m, m->peers[i].fd);
}

/* After the end: attached peers get the rest of their output; one that has it, or is gone, is closed. */
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
	/* Not from the heap: that would touch every page of the buffer, and most containers print little. */
	struct monitor *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		return;
	set_up(m, c);
	while (!m->exited || ((m->streams[0] >= 0 || m->streams[1] >= 0) && now_ms() < m->deadline))
		turn(m);
	announce_end(m);
	/* However slowly: a pager may keep the other end open for hours, and its user wants the rest. */
	while (still_sending(m))
		turn(m);
}

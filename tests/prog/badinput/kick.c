// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Kick files: numbers of queues that are not the context's, files that outlive
 * their context or their process, and kicks while queues and contexts go.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <rdma/mfraw-abi.h>
#include <rdma/rdma_user_ioctl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "badinput.h"

/* Open a kick file of @dev. */
static int file_of(struct rawdev *dev)
{
	int fd = kick_open(dev->ctx->cmd_fd);

	check(fd >= 0);
	return fd;
}

/* Each file kicks the queues of its own context, and no other. */
static void numbers(struct env *env)
{
	struct rawqp q = {};
	struct rawdev other;
	uint32_t num;
	int fd, fd2;

	env_open(env);
	env_open_qps(env);
	rawdev_open(&other, env->names[0]);
	q.dev = &other;
	q.cap = env->send.cap;
	rawqp_open(&q);
	rawqp_rts(&q);
	fd = file_of(&env->a);
	fd2 = file_of(&other);

	check(!kick(fd, env->send.qp->qp_num));
	check(!kick(fd2, q.qp->qp_num));
	check(kick(fd, q.qp->qp_num) == ENOENT);
	check(kick(fd2, env->send.qp->qp_num) == ENOENT);
	check(kick(fd, 0) == ENOENT);
	check(kick(fd, 1) == ENOENT);
	check(kick(fd, UINT32_MAX) == ENOENT);
	check(kick(fd, env->send.qp->qp_num | 1UL << 32) == EINVAL);
	check(kick(fd, ~0UL) == EINVAL);

	/* The number of a queue that is gone. */
	num = q.qp->qp_num;
	rawqp_close(&q);
	check(kick(fd2, num) == ENOENT);
	check(!close(fd2));
	rawdev_close(&other);
	check(!close(fd));
	env_works(env);
	env_close(env);
}

/* The file has one call, and no other command file takes that call. */
static void calls(struct env *env)
{
	struct ib_uverbs_ioctl_hdr hdr = { .length = sizeof(hdr) };
	uint32_t num, buf[4] = {};
	int fd, i;

	env_open(env);
	env_open_qps(env);
	fd = file_of(&env->a);
	num = env->send.qp->qp_num;

	check(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	check(ioctl(fd, RDMA_VERBS_IOCTL, &hdr) && errno == ENOTTY);
	for (i = 0; i < 256; i++)
		if (_IO(RDMA_IOCTL_MAGIC, i) != MFRAW_IOCTL_KICK)
			check(ioctl(fd, _IO(RDMA_IOCTL_MAGIC, i), num) &&
			      errno == ENOTTY);
	check(ioctl(fd, _IOW(RDMA_IOCTL_MAGIC, 0x40, uint32_t), &num) &&
	      errno == ENOTTY);
	check(read(fd, buf, sizeof(buf)) < 0);
	check(write(fd, buf, sizeof(buf)) < 0);
	check(lseek(fd, 0, SEEK_SET) < 0);
	check(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	check(kick(env->a.ctx->cmd_fd, num) == ENOTTY);
	check(kick(env->a.ctx->async_fd, num) == ENOTTY);
	check(!kick(fd, num));
	check(!close(fd));
	env_works(env);
	env_close(env);
}

/* Send @fd over a socket, with a number. */
static void pass(int sock, int fd, uint32_t num)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(int))];
	} ctrl = {};
	struct iovec iov = { &num, sizeof(num) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &ctrl,
		.msg_controllen = sizeof(ctrl),
	};

	ctrl.hdr.cmsg_level = SOL_SOCKET;
	ctrl.hdr.cmsg_type = SCM_RIGHTS;
	ctrl.hdr.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&ctrl.hdr), &fd, sizeof(fd));
	check(sendmsg(sock, &msg, 0) == sizeof(num));
}

/* Returns the file descriptor. */
static int passed(int sock, uint32_t *num)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(int))];
	} ctrl = {};
	struct iovec iov = { num, sizeof(*num) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &ctrl,
		.msg_controllen = sizeof(ctrl),
	};
	int fd;

	check(recvmsg(sock, &msg, 0) == sizeof(*num));
	check(ctrl.hdr.cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&ctrl.hdr), sizeof(fd));
	return fd;
}

/* Kick for the parent each time that it asks, and tell the result. */
static void kick_for(int sock)
{
	uint32_t num;
	int fd = passed(sock, &num);
	int ret;
	char c;

	while (read(sock, &c, 1) == 1) {
		ret = kick(fd, num);
		if (write(sock, &ret, sizeof(ret)) != sizeof(ret))
			break;
	}
	/* The file is closed last, by the end of the process. */
	_exit(0);
}

static int ask(int sock)
{
	int ret;

	check(write(sock, "", 1) == 1);
	check(read(sock, &ret, sizeof(ret)) == sizeof(ret));
	return ret;
}

/*
 * Post a frame, and make the provider believe that a thread of the kernel polls
 * the queue, so that it does not kick.
 */
static void post_quietly(struct env *env, struct mfraw_qp_db *db,
			 uint64_t wr_id)
{
	struct ibv_send_wr wr, *bad;
	struct ibv_sge sge;

	/* If there is such a thread, it stops to poll the queue now. */
	usleep(100000);
	db->sq_wakeup = 0;
	env_wr(env, &wr, &sge, wr_id);
	check(!ibv_post_send(env->send.qp, &wr, &bad));
	expect_no_wc(env->send.send_cq);
	db->sq_wakeup = htole32(1);
}

/*
 * Another process, which has nothing but the file, kicks. It started before the
 * device was opened, so it inherited nothing.
 */
static void passes(struct env *env)
{
	struct mfraw_qp_db *db;
	int sock[2], fd, status;
	pid_t child;

	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	child = fork();
	check(child >= 0);
	if (!child) {
		close(sock[0]);
		kick_for(sock[1]);
	}
	close(sock[1]);

	env_open(env);
	db = (struct mfraw_qp_db *)open_and_map(&env->send);
	rawqp_rts(&env->send);
	fd = file_of(&env->a);
	pass(sock[0], fd, env->send.qp->qp_num);
	check(!ask(sock[0]));

	post_quietly(env, db, 1);
	check(!ask(sock[0]));
	expect_wc(env->send.send_cq, 1, IBV_WC_SUCCESS);
	/* The process that received the file has one of its own. */
	check(!close(fd));
	post_quietly(env, db, 2);
	check(!ask(sock[0]));
	expect_wc(env->send.send_cq, 2, IBV_WC_SUCCESS);

	/* The queue is gone, then the context; the file is not. */
	rawqp_close(&env->send);
	check(ask(sock[0]) == ENOENT);
	env_close(env);
	check(ask(sock[0]) == EIO);
	check(ask(sock[0]) == EIO);
	close(sock[0]);
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && !WEXITSTATUS(status));
}

/*
 * A child inherits the file, and the parent ends first. The context lives as
 * long as one of them has it.
 */
static void forks(struct env *env)
{
	int ended[2], result[2], fd, status, ret;
	struct mfraw_qp_db *db;
	uint32_t num;
	char c;

	check(!pipe(ended) && !pipe(result));
	switch (fork()) {
	case -1:
		fail("fork: %s", strerror(errno));
	case 0:
		close(result[0]);
		env_open(env);
		db = (struct mfraw_qp_db *)open_and_map(&env->send);
		rawqp_rts(&env->send);
		fd = file_of(&env->a);
		num = env->send.qp->qp_num;
		if (fork())
			_exit(0);
		/* The pipe ends when the parent has ended. */
		close(ended[1]);
		check(read(ended[0], &c, 1) == 0);
		post_quietly(env, db, 3);
		ret = kick(fd, num);
		expect_wc(env->send.send_cq, 3, IBV_WC_SUCCESS);
		check(write(result[1], &ret, sizeof(ret)) == sizeof(ret));
		/* All of it is closed by the end of the process. */
		_exit(0);
	}
	close(ended[1]);
	close(result[1]);
	check(wait(&status) > 0);
	check(WIFEXITED(status) && !WEXITSTATUS(status));
	check(read(result[0], &ret, sizeof(ret)) == sizeof(ret));
	check(!ret);
	close(ended[0]);
	close(result[0]);
}

/* Files are closed in any order, before the context and after it. */
static void order(struct env *env)
{
	enum { FILES = 40 };
	int fd[FILES], copy, i;
	uint32_t num;

	env_open(env);
	env_open_qps(env);
	num = env->send.qp->qp_num;
	for (i = 0; i < FILES; i++)
		fd[i] = file_of(&env->a);
	for (i = 0; i < FILES; i += 4) {
		check(!close(fd[i]));
		check(kick(fd[i], num) == EBADF);
		check(!kick(fd[i + 1], num));
	}
	copy = dup(fd[1]);
	check(copy >= 0);
	check(!close(fd[1]));
	check(!kick(copy, num));
	env_works(env);

	env_close(env);
	check(kick(copy, num) == EIO);
	check(!close(copy));
	for (i = FILES - 1; i >= 0; i--) {
		if (i % 4 == 0 || i == 1)
			continue;
		check(kick(fd[i], num) == EIO);
		check(!close(fd[i]));
	}

	/* A new context does not answer to the files of the old one. */
	env_open(env);
	fd[0] = file_of(&env->a);
	env_open_qps(env);
	check(!kick(fd[0], env->send.qp->qp_num));
	env_works(env);
	env_close(env);
	check(kick(fd[0], num) == EIO);
	check(!close(fd[0]));
}

/* A thread that kicks a range of numbers until it is told to stop. */
struct kicker {
	int		fd;
	uint32_t	first;
	uint32_t	count;
	atomic_bool	stop;
	atomic_ulong	good;
	atomic_ulong	gone;
	atomic_ulong	eio;
	pthread_t	thread;
};

static void kicker_wait(atomic_ulong *count)
{
	while (!atomic_load(count))
		usleep(1000);
}

static void *kicker_thread(void *arg)
{
	struct kicker *k = arg;
	uint32_t i = 0;

	while (!atomic_load(&k->stop)) {
		int ret = kick(k->fd, k->first + i++ % k->count);

		if (!ret)
			k->good++;
		else if (ret == ENOENT)
			k->gone++;
		else if (ret == EIO)
			k->eio++;
		else
			fail("kick: %s", strerror(ret));
	}
	return NULL;
}

static void kicker_start(struct kicker *k, int fd, uint32_t first,
			 uint32_t count)
{
	*k = (struct kicker) { .fd = fd, .first = first, .count = count };
	check(!pthread_create(&k->thread, NULL, kicker_thread, k));
}

static void kicker_stop(struct kicker *k)
{
	atomic_store(&k->stop, true);
	pthread_join(k->thread, NULL);
}

/*
 * Queues are created, used and destroyed while other threads kick their
 * numbers.
 */
static void destroyed(struct env *env)
{
	enum { KICKERS = 3, ROUNDS = 200 };
	struct kicker k[KICKERS];
	unsigned long good = 0, gone = 0;
	uint32_t first;
	int fd, i;

	env_open(env);
	env_open_qps(env);
	fd = file_of(&env->a);
	first = env->send.qp->qp_num;
	for (i = 0; i < KICKERS; i++)
		kicker_start(&k[i], fd, first, 8 << i);
	for (i = 0; i < ROUNDS; i++) {
		struct rawqp q = { .dev = &env->a, .cap = env->send.cap };

		rawqp_open(&q);
		rawqp_rts(&q);
		rawqp_send(&q, &env->sbuf, FRAME_LEN);
		/* with requests that nobody waits for */
		post_send_at(q.qp, 1, env->sbuf.mr, 0, FRAME_LEN);
		rawqp_close(&q);
	}
	for (i = 0; i < KICKERS; i++) {
		kicker_stop(&k[i]);
		good += k[i].good;
		gone += k[i].gone;
		check(!k[i].eio);
	}
	printf("# %lu kicks of queues, %lu of others\n", good, gone);
	check(good && gone);
	check(!close(fd));
	env_works(env);
	env_close(env);
}

/* A context is closed while other threads kick its queues. */
static void closed(struct env *env)
{
	enum { ROUNDS = 20 };
	struct kicker k[2];
	int fd, i;

	for (i = 0; i < ROUNDS; i++) {
		env_open(env);
		env_open_qps(env);
		fd = file_of(&env->a);
		kicker_start(&k[0], fd, env->send.qp->qp_num, 1);
		kicker_start(&k[1], fd, env->send.qp->qp_num, 1);
		env_works(env);
		/* The threads may have to wait for the only processor. */
		kicker_wait(&k[0].good);
		kicker_wait(&k[1].good);
		env_close(env);
		env->flow = NULL;
		kicker_wait(&k[0].eio);
		kicker_wait(&k[1].eio);
		kicker_stop(&k[0]);
		kicker_stop(&k[1]);
		check(!close(fd));
	}
}

const struct bad_case kick_cases[] = {
	{ "kick-numbers", numbers },
	{ "kick-calls", calls },
	{ "kick-passes", passes },
	{ "kick-forks", forks },
	{ "kick-order", order },
	{ "kick-destroyed", destroyed },
	{ "kick-closed", closed },
	{}
};

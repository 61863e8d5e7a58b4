// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Two ranks exchange data in the ways that MPI has, and compare it. Each byte is a
 * function of its place, the round and the sender, so the program notices data that
 * is late, duplicate or of another message.
 */
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIZE	(1 << 20)
#define WINDOW		16

static int rank, peer;
static unsigned char *out, *in;

static void fill(unsigned char *buf, size_t size, int round, int from)
{
	uint32_t x = 2654435761u * (round * 2 + from + 1);
	size_t i;

	for (i = 0; i < size; i++) {
		x = x * 1664525 + 1013904223;
		buf[i] = x >> 24;
	}
}

static void check(const char *what, const unsigned char *buf, size_t size,
		  int round, int from)
{
	static unsigned char want[MAX_SIZE];

	fill(want, size, round, from);
	if (!memcmp(buf, want, size))
		return;
	fprintf(stderr, "rank %d: %s of %zu bytes differs in round %d\n", rank,
		what, size, round);
	MPI_Abort(MPI_COMM_WORLD, 1);
}

static void tell(const char *what)
{
	MPI_Barrier(MPI_COMM_WORLD);
	if (!rank)
		printf("ok - %s\n", what);
}

static void exchange(void)
{
	size_t size;
	int round;

	for (size = 1; size <= MAX_SIZE; size *= 4)
		for (round = 0; round < 4; round++) {
			fill(out, size, round, rank);
			MPI_Sendrecv(out, size, MPI_BYTE, peer, 7, in, size,
				     MPI_BYTE, peer, 7, MPI_COMM_WORLD,
				     MPI_STATUS_IGNORE);
			check("sendrecv", in, size, round, peer);
		}
	tell("messages to 1 MiB in both directions");
}

/* Many messages are under way. They are received in another order than sent. */
static void many(void)
{
	const size_t size = MAX_SIZE / WINDOW;
	MPI_Request req[2 * WINDOW];
	int i;

	for (i = 0; i < WINDOW; i++)
		MPI_Irecv(in + i * size, size, MPI_BYTE, peer, WINDOW - 1 - i,
			  MPI_COMM_WORLD, &req[i]);
	for (i = 0; i < WINDOW; i++) {
		fill(out + i * size, size, i, rank);
		MPI_Isend(out + i * size, size, MPI_BYTE, peer, i,
			  MPI_COMM_WORLD, &req[WINDOW + i]);
	}
	MPI_Waitall(2 * WINDOW, req, MPI_STATUSES_IGNORE);
	for (i = 0; i < WINDOW; i++)
		check("isend", in + i * size, size, WINDOW - 1 - i, peer);
	tell("many messages under way");
}

static void collective(void)
{
	long mine[64], sum[64];
	int i;

	for (i = 0; i < 64; i++)
		mine[i] = i * (rank + 1);
	MPI_Allreduce(mine, sum, 64, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
	for (i = 0; i < 64; i++)
		if (sum[i] != 3 * i)
			MPI_Abort(MPI_COMM_WORLD, 2);
	fill(out, MAX_SIZE, 1, 0);
	memcpy(in, out, rank ? 0 : MAX_SIZE);
	MPI_Bcast(in, MAX_SIZE, MPI_BYTE, 0, MPI_COMM_WORLD);
	check("bcast", in, MAX_SIZE, 1, 0);
	fill(out, MAX_SIZE, 2, rank);
	MPI_Alltoall(out, MAX_SIZE / 2, MPI_BYTE, in, MAX_SIZE / 2, MPI_BYTE,
		     MPI_COMM_WORLD);
	fill(out, MAX_SIZE, 2, peer);
	if (memcmp(in + peer * (MAX_SIZE / 2), out + rank * (MAX_SIZE / 2),
		   MAX_SIZE / 2))
		MPI_Abort(MPI_COMM_WORLD, 3);
	tell("sums, broadcasts and transpositions");
}

static void one_sided(void)
{
	const MPI_Aint second = MAX_SIZE / 2;
	unsigned char *memory;
	long add = 5, old, *counter;
	MPI_Win win;

	MPI_Win_allocate(MAX_SIZE + sizeof(long), 1, MPI_INFO_NULL,
			 MPI_COMM_WORLD, &memory, &win);
	memset(memory, 0, MAX_SIZE + sizeof(long));
	MPI_Win_fence(0, win);
	fill(out, second, 3, rank);
	MPI_Put(out, second, MPI_BYTE, peer, 0, second, MPI_BYTE, win);
	MPI_Win_fence(0, win);
	check("put", memory, second, 3, peer);
	MPI_Get(in, second, MPI_BYTE, peer, 0, second, MPI_BYTE, win);
	MPI_Win_fence(0, win);
	check("get", in, second, 3, rank);

	MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, win);
	MPI_Fetch_and_op(&add, &old, MPI_LONG, 0, MAX_SIZE, MPI_SUM, win);
	MPI_Win_unlock(0, win);
	MPI_Barrier(MPI_COMM_WORLD);
	MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, win);
	counter = (long *)(memory + MAX_SIZE);
	if (!rank && *counter != 10)
		MPI_Abort(MPI_COMM_WORLD, 4);
	MPI_Win_unlock(0, win);
	MPI_Win_free(&win);
	tell("memory of the other rank: put, get, fetch and add");
}

int main(int argc, char **argv)
{
	char version[MPI_MAX_LIBRARY_VERSION_STRING];
	int ranks, length;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	if (ranks != 2)
		MPI_Abort(MPI_COMM_WORLD, 5);
	peer = 1 - rank;
	out = malloc(MAX_SIZE);
	in = malloc(MAX_SIZE);
	if (!out || !in)
		MPI_Abort(MPI_COMM_WORLD, 6);
	MPI_Get_library_version(version, &length);
	version[strcspn(version, "\n,")] = 0;
	tell(version);
	exchange();
	many();
	collective();
	one_sided();
	free(in);
	free(out);
	MPI_Finalize();
	return 0;
}

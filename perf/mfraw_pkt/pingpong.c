// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Send one frame to a peer that reflects it, wait for the answer, and so on.
 */
#include <time.h>

#include "port.h"

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

void mode_pingpong(struct port *p, const struct options *opt)
{
	struct frame ping = port_frame(p, 0, opt), pong = { .slot = 1 };
	double start, trip, best = 1e9, sum = 0;
	unsigned long long done = 0, lost = 0;
	struct ibv_wc wc;

	port_recv(p, &pong, 1);
	while (go_on(opt, done, done * opt->size)) {
		start = now_us();
		port_send(p, &ping, 1);
		while (!port_poll(p->send_cq, &wc, 1))
			;
		do {
			trip = now_us() - start;
		} while (!port_poll(p->recv_cq, &wc, 1) && trip < 1e6);
		if (trip >= 1e6) {
			lost++;
			continue;
		}
		port_recv(p, &pong, 1);
		sum += trip;
		best = trip < best ? trip : best;
		done++;
	}
	if (done)
		printf("round trip: %.2f us on average, %.2f us at best\n",
		       sum / done, best);
	printf("%llu round trips, %llu lost\n", done, lost);
}

#ifndef TRI_NET_TCP_MESH_H
#define TRI_NET_TCP_MESH_H

#include <pthread.h>

#include "net/conn/conn.h"
#include "net/link.h"

/** \file net/tcp/mesh.h
 *
 * The state of a TCP link of three parties, for the files of this directory:
 * tcp.c (the operations), wait.c (waiting), end.c (failures and closing),
 * life.c (signs of life).
 */
enum { TRI_TCP_NOBODY = TRI_PARTIES /**< nothing is awaited from a peer */ };

/*
 * The owner of the link holds `lock` during every operation, also while it
 * waits; the heartbeat's thread takes it only if it is free, which is when the
 * owner computes. The thread touches what sends, and nothing of the link
 * itself, which may move.
 */
struct tri_tcp {
    struct tri_conn c[TRI_PARTIES]; /* own entry: unused, fd -1           */
    int gone[TRI_PARTIES];          /* said an orderly goodbye            */
    int hup[TRI_PARTIES];           /* ended, but more may be unread than
                                       is read ahead: look no more        */
    uint64_t told[TRI_PARTIES];     /* bytes sent that are in the stats   */
    int gave_up;

    unsigned id;
    uint64_t beat_ns; /* between heartbeats */
    uint64_t spin_ns; /* a wait looks for so long before it sleeps, ... */
    unsigned crowded; /* ... but for so many waits: others want the cores */
    unsigned pause;   /* so many it was the last time                     */
    pthread_mutex_t lock;
    pthread_t thread;
    int started, threaded, stop; /* stop: under wake_lock */
    pthread_mutex_t wake_lock;
    pthread_cond_t wake;
};

#endif

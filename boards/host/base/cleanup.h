#ifndef TRI_BOARDS_HOST_BASE_CLEANUP_H
#define TRI_BOARDS_HOST_BASE_CLEANUP_H

#include <sys/types.h>

/** \file boards/host/base/cleanup.h
 *
 * # What must not outlive the process
 *
 * Temporary files, directories and child processes are noted here while they
 * exist. SIGINT, SIGTERM and SIGHUP then end the children, remove the files
 * and stop the process with exit code 1: outputs appear by rename only, so
 * nothing is left half-written, and the peers see the connection end; secrets
 * are wiped (secret.h). One of
 * them that the process was started to ignore stays ignored.
 */
enum { TRI_CLEANUP_MAX = 80 };

/** Install the handlers; ignore SIGPIPE and SIGXFSZ (a broken link and a file
 *  beyond the limit are error codes). */
void tri_cleanup_start(void);

/** Note a file (or an empty directory). Returns a slot, or -1 if all slots or
 *  the path length are exhausted. Removal goes from the last slot down. */
int tri_cleanup_path(const char *path);

/** The path of `slot` is gone or permanent now. -1 is ignored. */
void tri_cleanup_forget(int slot);

/** Note a child process; forget it once it has been waited for. */
int tri_cleanup_child(pid_t pid);
void tri_cleanup_child_done(pid_t pid);

/**
 * Hold the first signal back (on != 0) or stop at once again (0): work that
 * can end in an orderly way asks tri_cleanup_asked() from time to time. A
 * second signal stops at once.
 */
void tri_cleanup_hold(int on);
/** Non-zero once a signal is held back. */
int tri_cleanup_asked(void);

/** In a new child: the parent's notes are not ours. */
void tri_cleanup_forked(void);

#endif

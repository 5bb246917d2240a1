#ifndef TRI_BOARDS_COMMON_BOARD_H
#define TRI_BOARDS_COMMON_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "core/par.h"
#include "net/ether/link.h"

/** \file boards/common/board.h
 *
 * # What a bare-metal board brings
 *
 * A board is the folder boards/<name>:
 *
 *   board.ld   MEMORY, then `INCLUDE linker/sections.ld`
 *   board.mk   the cross compiler, and how to run the image
 *   an entry   floating point and vectors on, caches on, unaligned accesses
 *              allowed, nothing below the stack, stack set, bss cleared;
 *              tri_board_main(); then all memory but code and constants is
 *              wiped, and tri_board_exit(). Arm: boards/common/aarch64 or
 *              armv7, with a table of the memory map
 *
 * and the functions below. None of them allocates.
 */

/* ---- any board ------------------------------------------------------------
 */

/** One character to the console. */
void tri_board_putc(char c);

/** The processor's identification, for the report. */
uint64_t tri_board_cpu(void);

/** What a board ends with, which whoever started it sees. */
enum tri_board_status {
    TRI_BOARD_WELL = 0,
    TRI_BOARD_WRONG = 1,    /**< what it computed alone is not right     */
    TRI_BOARD_FAULT = 2,    /**< an exception, or nothing got on         */
    TRI_BOARD_SELFTEST = 3, /**< the self-test failed                    */
    TRI_BOARD_SETUP = 4,    /**< there is no setup, or it is a bad one   */
    TRI_BOARD_ENTROPY = 5,  /**< there is no source of random bytes      */
    TRI_BOARD_NETWORK = 6,  /**< there is no network                     */
    TRI_BOARD_MEMORY = 7    /**< the memory is too small                 */
};

/** No device touches memory any more, until it is set up again. Called first of
 *  all, as a boot loader may have left one at work; before memory is wiped; and
 *  after an exception, when no variable may be relied on. */
void tri_board_still(void);

/** Called when all of a run in variables and in the arena has been wiped. Zeros
 *  are on the stack below the caller's frame, on the stacks of further cores,
 *  and in registers that an interrupt would put there; and they are in memory,
 *  not only in a cache. */
void tri_board_forget(void);

/** Stop, and report an enum tri_board_status to whoever started the board. */
_Noreturn void tri_board_exit(int status);

/* ---- a board that can be a party ------------------------------------------
 */

/**
 * The block of boards/common/setup.h that the board was given from outside.
 * \param room  [bytes] may be used to hold it
 * \param p     receives where it is; unchanged without one
 * \param n     receives its length; 0: there is none
 * \return TRI_OK; TRI_E_NOMEM if it does not fit; otherwise there is one, or
 * may be one, that cannot be read. Then nothing of it is in room
 */
int tri_board_setup(const uint8_t **p, size_t *n, uint8_t *room, size_t bytes);

/** Microseconds of a clock that never goes back. */
uint64_t tri_board_us(void);

/** n bytes of a hardware source, fit for keys. TRI_OK; TRI_E_IO without one, or
 *  if it fails; then out is wiped. */
int tri_board_random(void *out, size_t n);

/**
 * The network: fill in name, mtu, send, flush, receive, wait and trouble of a
 * driver, as net/ether/link.h asks for them; boards/common/cards.h does most of
 * it. Whatever the device or the wire brings, nothing outside the driver's
 * buffers is written.
 * \param own  receives the hardware address
 * \return TRI_OK; TRI_E_IO if there is no interface
 */
int tri_board_net(struct tri_ether_driver *d, uint8_t own[TRI_ETHER_MAC]);

/** Call fn(self) every few milliseconds from a timer's interrupt, which keeps
 *  all registers, vectors included. NULL: no more. */
void tri_board_tick(void (*fn)(void *self), void *self);

/** Keep that interrupt away, and let it come again. Within it, nothing is
 *  changed. */
void tri_board_hold(void);
void tri_board_let(void);

/** Start all further cores, once; one that does not come is missing and named.
 *  \param ran  receives where each worker's tasks are counted
 *  \return NULL: there is one core */
const struct tri_par *tri_board_cores(const uint32_t **ran);

/** Start the board anew, with a word on the console, unless this is called
 * again within so many milliseconds. 0: off. */
void tri_board_watchdog(uint32_t ms);

/* ---- brought by boards/common ------------------------------------------- */

/** What the image does (main.c), and its enum tri_board_status. Secrets are
 * left in memory. */
int tri_board_main(void);

#endif

#ifndef TRI_TESTS_SUPPORT_FAULTY_H
#define TRI_TESTS_SUPPORT_FAULTY_H

/** \file tests/support/faulty.h
 *
 * # System calls that fail when a check wants them to
 *
 * The linker sends these calls of the whole program here (--wrap).
 */
enum tri_call {
    TRI_CALL_FSYNC,     /**< of a file      */
    TRI_CALL_FSYNC_DIR, /**< of a directory */
    TRI_CALL_LINK,
    TRI_CALL_RENAME,     /**< rename()       */
    TRI_CALL_RENAME_NEW, /**< renameat2()    */
    TRI_CALL_UNLINK,
    TRI_CALLS
};

/** Call number `nth` from now on, from 1, fails with `err`; with `forever`
 *  all later ones, too. nth 0: none fails. */
void tri_fault(enum tri_call call, int nth, int err, int forever);

/** None fails any more. */
void tri_fault_none(void);

#endif

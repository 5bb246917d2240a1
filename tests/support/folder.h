#ifndef TRI_TESTS_SUPPORT_FOLDER_H
#define TRI_TESTS_SUPPORT_FOLDER_H

/** \file tests/support/folder.h
 *
 * A directory for the files of one check.
 */
enum { TRI_FOLDER = 32 }; /**< bytes of its name */

/** Make one below /tmp that is not there yet. \return 1; 0: it cannot be. */
int tri_folder_make(char path[TRI_FOLDER]);

/** Remove it, with all that is in it. \return 1; 0: something is left. */
int tri_folder_drop(const char *path);

#endif

#ifndef TRI_BOARDS_QEMU_VIRT_FWCFG_H
#define TRI_BOARDS_QEMU_VIRT_FWCFG_H

#include <stddef.h>
#include <stdint.h>

/** Read the file of that name which QEMU was given with -fw_cfg into room.
 *  \param n  receives its length; 0: there is none
 *  \return TRI_OK; TRI_E_NOMEM if it does not fit; TRI_E_IO. Then nothing of it
 *          is in room */
int tri_fwcfg_read(const char *name, size_t *n, uint8_t *room, size_t bytes);

#endif

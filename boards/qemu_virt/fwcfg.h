#ifndef TRI_BOARDS_QEMU_VIRT_FWCFG_H
#define TRI_BOARDS_QEMU_VIRT_FWCFG_H

#include <stddef.h>
#include <stdint.h>

/** Read the file of that name which QEMU was given with -fw_cfg into room [n].
 *  \return its length, also if that is above n and nothing was read; 0: there
 *          is none */
size_t tri_fwcfg_read(const char *name, uint8_t *room, size_t n);

#endif

#ifndef TRI_BOARDS_COMMON_ARM_PROCESSOR_H
#define TRI_BOARDS_COMMON_ARM_PROCESSOR_H

#include <stdint.h>

/** \file boards/common/arm/processor.h
 *
 * # Registers of devices, as an Arm processor reaches them
 *
 * For the drivers, whose ctx is the device's address. processor.c also brings
 * tri_board_cpu() and tri_board_exit() of boards/common/board.h.
 */
uint32_t tri_reg_read(void *ctx, unsigned reg);

/** What was written to memory is there before the device hears of it. */
void tri_reg_write(void *ctx, unsigned reg, uint32_t v);

#endif

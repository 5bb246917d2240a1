# Xilinx ZCU102: the four Cortex-A53 of a Zynq UltraScale+ MPSoC.
BOARD_CROSS := aarch64-linux-gnu-
BOARD_COMMON := $(addprefix aarch64/, start.S exceptions.S cores.c) \
                $(addprefix arm/, fault.c irq.c processor.c) \
                cards.c cadence/gem.c $(addprefix sd/, card.c sdhci.c partition.c slot.c)
BOARD_SRC   := table.S console.c devices.c
# Semihosting carries the exit status.
BOARD_RUN   := qemu-system-aarch64 -machine xlnx-zcu102 -m 128M \
               -nographic -audiodev none,id=none \
               -semihosting-config enable=on,target=native -kernel
BOARD_NEEDS := qemu-system-arm

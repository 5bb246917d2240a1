# QEMU's machine `virt`, with Cortex-A57.
BOARD_CROSS := aarch64-linux-gnu-
BOARD_COMMON := $(addprefix aarch64/, start.S exceptions.S cores.c) \
                $(addprefix arm/, fault.c irq.c processor.c) \
                cards.c $(addprefix virtio/, mmio.c net.c rng.c)
BOARD_SRC   := table.S console.c devices.c fwcfg.c
# Semihosting carries the exit status.
BOARD_RUN   := qemu-system-aarch64 -machine virt -cpu cortex-a57 -m 128M \
               -nographic -nic none -global virtio-mmio.force-legacy=false \
               -semihosting-config enable=on,target=native -kernel
BOARD_NEEDS := qemu-system-arm

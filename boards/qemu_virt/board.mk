# QEMU's machine `virt`, one Cortex-A57.
BOARD_CROSS := aarch64-linux-gnu-
BOARD_SRC   := start.S console.c fault.c
# Semihosting carries the exit status.
BOARD_RUN   := qemu-system-aarch64 -machine virt -cpu cortex-a57 -m 128M \
               -nographic -nic none -semihosting-config enable=on,target=native -kernel
BOARD_NEEDS := qemu-system-arm

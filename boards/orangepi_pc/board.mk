# Orange Pi PC: one of four Cortex-A7 of an Allwinner H3.
BOARD_CROSS := arm-linux-gnueabihf-
BOARD_FLAGS := -mcpu=cortex-a7 -mthumb
BOARD_COMMON := $(addprefix armv7/, start.S exceptions.S divide.S numbers.c) \
                $(addprefix arm/, fault.c irq.c processor.c) \
                onecore.c cards.c $(addprefix allwinner/, emac.c mmc.c) \
                $(addprefix sd/, card.c partition.c slot.c)
BOARD_SRC   := table.S console.c devices.c
# Semihosting carries the exit status.
BOARD_RUN   := qemu-system-arm -machine orangepi-pc -nographic -audiodev none,id=none \
               -semihosting-config enable=on,target=native -kernel
BOARD_NEEDS := qemu-system-arm

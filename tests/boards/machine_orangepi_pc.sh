# QEMU's machine `orangepi-pc`, whose setup stands on a card as zcu102's does.
. "$here/machine_zcu102.sh"

emulator='qemu-system-arm -machine orangepi-pc'
slot=if=sd

# The board has one socket: party 0 is beside a switch, from which one cable goes
# to each of the others.
cables() {
    for other in 0 1 2; do
        case $1$other in
        01 | 02 | 10 | 20)
            echo "-netdev $(cable "$1" $other) -netdev hubport,id=h$other,hubid=0,netdev=n$other"
            ;;
        esac
    done
    echo "-netdev hubport,id=n$1,hubid=0 $(nic "$1" "$1")"
}

ram=1G base=0x40000000 # of that memory
anew=2 # QEMU 7.2 has no watchdog of an H3
cc=arm-linux-gnueabihf-gcc nm=arm-linux-gnueabihf-nm readelf=arm-linux-gnueabihf-readelf
held='\162\266' endless='\376\347' illegal='\000\336'
two=
below=0x40100000 gic='0x01c81000 0x01c82000'
secure= # it has one, but its interrupt controller knows nothing of that

# machine ID IMAGE ARGS...: party ID on QEMU's machine `orangepi-pc`. Its setup
# stands on a card, which has a seed if the word `seed` is among ARGS. Its exit
# code is the board's.
. "$here/machine_zcu102.sh"

machine() {
    machine_id=$1 machine_image=$2
    shift 2
    card "$T/p$machine_id.set" "$T/card$machine_id"
    for word; do
        shift
        [ "$word" = seed ] && seed "$T/card$machine_id" || set -- "$@" "$word"
    done
    exec ${machine_here:-} timeout -k 2 "${limit:-100}" nice -n 10 \
        qemu-system-arm -machine orangepi-pc -nographic -audiodev none,id=none -no-reboot \
        -semihosting-config enable=on,target=native \
        -drive "if=sd,format=raw,file=$T/card$machine_id" \
        -kernel "$machine_image" "$@" </dev/null
}

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

ram=1G
anew=2 # QEMU 7.2 has no watchdog of an H3
nm=arm-linux-gnueabihf-nm readelf=arm-linux-gnueabihf-readelf
held='\162\266' endless='\376\347' illegal='\000\336'
two= soon=3000

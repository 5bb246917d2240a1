# machine ID IMAGE ARGS...: party ID on the machine $emulator. Its setup stands on
# a card in $slot, which has a seed if the word `seed` is among ARGS. Its exit code
# is the board's.
machine() {
    machine_id=$1 machine_image=$2
    shift 2
    card "$T/p$machine_id.set" "$T/card$machine_id"
    for word; do
        shift
        [ "$word" = seed ] && seed "$T/card$machine_id" || set -- "$@" "$word"
    done
    exec ${machine_here:-} timeout -k 2 $long nice -n 10 \
        $emulator -nographic -audiodev none,id=none -no-reboot \
        -semihosting-config enable=on,target=native \
        -drive "$slot,format=raw,file=$T/card$machine_id" \
        -kernel "$machine_image" "$@" </dev/null
}

# card SETUP FILE: 16 MiB, one partition of type 0xda from block 8 to the end;
# the setup from its block 1 on.
card() {
    rm -f "$2"
    truncate -s 16M "$2"
    {
        printf '\000\000\000\000\332\000\000\000\010\000\000\000\370\177\000\000'
        head -c 48 /dev/zero
        printf '\125\252'
    } | dd of="$2" bs=1 seek=446 conv=notrunc 2>/dev/null
    dd if="$1" of="$2" bs=512 seek=9 conv=notrunc 2>/dev/null
}

# seed FILE: a card's random bytes begin here.
seed() {
    dd if=/dev/urandom of="$1" bs=512 count=1 seek=8 conv=notrunc 2>/dev/null
}

# It starts at EL2, as the firmware of the board does.
emulator='qemu-system-aarch64 -machine xlnx-zcu102,virtualization=on -m 128M'
slot=if=sd,index=1
entropy=seed
below=0x00100000 gic='0xf9010000 0xf9020000'
ram=128M base=0 stacks=124 # MiB of it, before those of further cores
cut_off='the setup is damaged' # of one that ends too early: zeros follow

# nic NUMBER ID: the card of a network of that number, with a party's address.
nic() {
    echo "-net nic,netdev=n$1,macaddr=02:00:00:00:00:0$2"
}

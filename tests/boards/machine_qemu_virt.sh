# machine ID IMAGE ARGS...: QEMU's machine `virt`, party ID, with its setup and
# two cables, or the network that $net names. Its exit code is the board's.
machine() {
    machine_id=$1 machine_image=$2
    shift 2
    exec ${machine_here:-} timeout -k 2 $long nice -n 10 qemu-system-aarch64 -machine virt \
        -cpu cortex-a57 -m 128M -nographic -nic none -no-reboot \
        -global virtio-mmio.force-legacy=false \
        -semihosting-config enable=on,target=native \
        -fw_cfg "name=opt/trinn/setup,file=$T/p$machine_id.set" \
        -kernel "$machine_image" "$@" </dev/null
}

el1=-DEL1 # where that machine starts without firmware
below=0x40180000 gic='0x08000000 0x08010000'
ram=128M base=0x40000000 stacks=126 # MiB of it, before those of further cores
cut_off='its head promises' # what is said of a setup that ends too early

entropy='-device virtio-rng-device'

# nic NUMBER ID: the device of a network of that number, with a party's address.
nic() {
    echo "-device virtio-net-device,netdev=n$1,mac=02:00:00:00:00:0$2"
}

# Trinn: three-party secure neural-network training and inference.
#
#   make                 build/libtrinn.a and the program build/trinn
#   make demo            train and classify with three parties on this machine
#   make deps            install what the tests need (Debian, Ubuntu)
#   make test            unit tests (Criterion) and end-to-end tests
#   make check           the same checks without Criterion, for emulators and
#                        boards: make check CROSS=aarch64-linux-gnu- RUN=qemu-aarch64
#   make board           bare-metal image, BOARD=qemu_virt (default); SETUP=file
#                        puts what `trinn board` wrote into it
#   make board-run       build it and run it in its emulator
#   make boards          the images of all boards
#   make board-check     boards as parties, with programs on this machine and on
#                        an emulated ARM processor, and what goes wrong: ONLY='loss',
#                        BOARD=qemu_virt (default)
#   make size            what a board's image takes: BOARD=zcu102 MINIMAL=1
#                        ENGINE=fused; MOST=196608 is a ceiling in bytes
#   make deps-cross      install the cross compilers and emulators of the three
#                        targets below and above (Debian, Ubuntu)
#   make ports           the kernels on ARMv7-A, RISC-V and s390x, which is big-
#                        endian, and three parties on three processors
#   make faults          parties killed, cables cut, bytes altered...: TRIES=100
#                        percent of a full run; all of it as root
#   make crash           a training killed again and again; COUNT=20 times
#   make kills           parties of a service killed, in whatever they do; COUNT, SEED
#   make soak            a service that stays up for SECONDS=60: does it take more
#                        and more memory, descriptors, threads, files?
#   make inject          calls of the system fail, one after the other: the
#                        first K=1000 of each
#   make attacks         one party cheats, and what it gains: ONLY='kill plant',
#                        QUICK=1 on generated digits
#   make mutants         each check of verification switched off once: does a
#                        test fail? ONLY='part of a name'
#   make ct              constant-time check under valgrind
#   make fuzz            every parser under a fuzzer, SECONDS=60 each
#   make lint            layout, include direction, headers, symbols, READMEs
#   make audit           lines for each role, undefined symbols, system calls of
#                        a party at work, its stack, files with intrinsics
#   make bench           measurements: kernels, protocols, networks; bench.json
#   make profile NET=C   time of a training step, layer by layer
#   make reproducible    two builds in two directories give the same bytes
#   make install         program, manual page, library, headers and trinn.pc to
#                        $(DESTDIR)$(PREFIX)
#   make example         build boards/host/examples against an installed copy
#   make clean
#   make help            this list
#
# Variables: CC, CFLAGS, LDFLAGS, CROSS=prefix-, B=build directory,
#            SAN=address,undefined | thread, RUN=emulator,
#            ONLY='names of checks', V=1 shows commands,
#            EXPERIMENTAL=1 with kernels that ran on a model only (AMX),
#            MINIMAL=1 one party and no more: ENGINE=rep3|fused|paper,
#            LINK=tcp|ether, ISA=avx2|avx512|neon, or ISA=ref:
#            plain C alone
#
# CFLAGS and LDFLAGS belong to the user; ours live in T_* so that setting
# them can never drop an ISA flag or a warning.

BOARD    ?=
MINIMAL  ?=
SETUP    ?=
ifneq ($(BOARD),)
include boards/$(BOARD)/board.mk
CROSS    ?= $(BOARD_CROSS)
B        ?= build-$(BOARD)$(if $(MINIMAL),-minimal)
endif
CROSS    ?=
B        ?= build$(if $(CROSS),-$(patsubst %-,%,$(CROSS)))$(if $(EXPERIMENTAL),-experimental)$(if $(MINIMAL),-minimal)
ifeq ($(origin CC),default)
CC       := $(CROSS)$(if $(CROSS),gcc,cc)
endif
ifeq ($(origin AR),default)
AR       := $(CROSS)ar
endif
NM       ?= $(CROSS)nm
PREFIX   ?= /usr/local
CFLAGS   ?= -O2 -g
SAN      ?=
RUN      ?=
V        ?= 0
Q        := $(if $(filter 1,$V),,@)
SHOW      = $(if $(filter 1,$V),@:,@echo '  $(1)' $(patsubst $B/%,%,$@))
ENGINE   ?= rep3
LINK     ?= tcp
MACHINE  := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
ISA_x86_64  := avx2
ISA_aarch64 := neon
ISA_arm     := neon
ISA      ?= $(or $(ISA_$(MACHINE)),ref)
VERSION  := 0.2.0

T_WARN   := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wundef
# Instrumented code draws warnings of its own from gcc.
T_WARN   += $(if $(SAN),,-Werror)
T_SAN    := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all \
            -fno-omit-frame-pointer)
# Public factors must be the same on every machine: no fused multiply-add.
T_CFLAGS := -std=c11 -ffp-contract=off $(T_WARN) -I. -MMD -MP $(T_SAN)
# A program links what it names and no more, and no path of this machine gets
# into it: two builds of one commit give the same bytes.
T_CFLAGS += -ffunction-sections -fdata-sections -ffile-prefix-map=$(CURDIR)=.
# valgrind 3.19 (make ct) cannot read the DWARF 5 of clang 14.
T_CFLAGS += $(if $(findstring clang,$(shell $(CC) --version)),-fdebug-default-version=4)
# arch, core, proto and the bare part of net see no operating system.
T_FREE   := -ffreestanding -fno-stack-protector -fno-builtin-printf -O3
# A minimal image is a small one, but for its vector kernels. The graphs of calls are
# for `make size`. Where the compiler saves room it warns of what it does not see.
T_SMALL  := $(if $(and $(BOARD),$(MINIMAL)),-Os -Wno-stringop-overflow -Wno-stringop-overread)
T_CFLAGS += $(if $(BOARD),-fcallgraph-info=su -fno-pie $(BOARD_FLAGS))
# For an ARM without NEON gcc 12 makes vectors of whole registers, and eight products
# of a byte and a small number, each divided by 256, come out wrong.
NEON     := $(if $(filter arm,$(MACHINE)),$(shell $(CC) $(BOARD_FLAGS) $(CFLAGS) -dM -E -x c /dev/null | \
            grep -w __ARM_NEON))
T_CFLAGS += $(if $(filter arm,$(MACHINE)),$(if $(NEON),,-fno-tree-vectorize))
T_HOST   := -D_GNU_SOURCE -DTRI_VERSION='"$(VERSION)"' -pthread
# Cross-built programs are static: they run on a board or an emulator as is.
T_LDFLAGS := -Wl,--gc-sections $(T_SAN) $(if $(CROSS),-static)
T_LDLIBS := -pthread -lm

# ---- sources --------------------------------------------------------------

# A folder is a role: every file in it belongs to it. Sorted, so that the same
# tree gives the same library on every machine.
src = $(sort $(foreach d,$(1),$(wildcard $d/*.c)))

ARCH_x86_64  := arch/x86
ARCH_aarch64 := arch/aarch64
ARCH_arm     := arch/arm
SRC_ARCH := $(call src,arch arch/ref $(or $(ARCH_$(MACHINE)),arch/other))
# ARMv7-A: the vector kernels of ARMv8, with what they miss.
SRC_ARCH += $(if $(filter arm,$(MACHINE)),arch/aarch64/neon.c $(wildcard arch/aarch64/*_neon.c))
# Kernels that never ran on a CPU that has their instructions (x86-64).
EXPERIMENTAL ?=
ifeq ($(MACHINE)$(if $(EXPERIMENTAL),+),x86_64+)
SRC_ARCH := $(filter-out arch/x86/all.c,$(SRC_ARCH)) $(call src,arch/amx)
endif
SRC_CORE := $(call src,core)
SRC_PROTO := $(call src,proto proto/plain proto/fused proto/paper proto/rep3 proto/verify proto/nn)
# Of net, what a board has as well: no operating system.
NET_OS   := net/ether/ether.c net/ether/port.c
SRC_BARE := $(filter-out $(NET_OS),$(call src,net net/ether))
# A static program cannot look up names of hosts (net/tcp/names.h).
STATIC   := $(CROSS)$(filter -static,$(LDFLAGS))
SRC_NET  := $(NET_OS) $(filter-out net/tcp/lookup$(if $(STATIC),,_static).c, \
            $(call src,net/conn net/tcp net/host))
SRC_HOST := $(call src,boards/host $(addprefix boards/host/,base share party owner serve \
            formats watch trial attack cmd))
# Of every board, the host included; no operating system.
SRC_COMMON := $(addprefix boards/common/, agree.c digits.c selftest.c setup.c sharehead.c wish.c)
# On bare metal: the image's program, and what a board itself brings.
SRC_BOARD := $(addprefix boards/common/, clear.c infer.c main.c mem.c party.c print.c profile.c \
                 sharemem.c vectors.c why.c $(BOARD_COMMON)) \
             boards/common/linked.S $(addprefix boards/$(BOARD)/, $(BOARD_SRC))

SRC_FREE := $(SRC_ARCH) $(SRC_CORE) $(SRC_BARE) $(SRC_PROTO)
OBJ_FREE := $(SRC_FREE:%.c=$B/%.o)
OBJ_NET  := $(SRC_NET:%.c=$B/%.o)
OBJ_COMMON := $(SRC_COMMON:%.c=$B/%.o)
OBJ_HOST := $(SRC_HOST:%.c=$B/%.o)
OBJ_BOARD := $(addprefix $B/, $(addsuffix .o,$(basename $(SRC_BOARD))))
# The library, and what the program and the tests have in common besides it.
LIB      := $B/libtrinn.a
PARTS    := $B/libhost.a

# Drivers of boards: for tests, which are the devices.
SRC_DRIVERS := boards/common/cards.c $(filter-out %/slot.c, \
               $(call src,$(addprefix boards/common/,virtio cadence allwinner sd)))
OBJ_DRIVERS := $(SRC_DRIVERS:%.c=$B/%.o)

SRC_SUPPORT := $(call src,$(addprefix tests/,support arch core net proto host)) $(SRC_DRIVERS)
ifneq ($(MACHINE),x86_64)
SRC_SUPPORT := $(filter-out %_avx512.c,$(SRC_SUPPORT))
endif
ifeq ($(EXPERIMENTAL),)
SRC_SUPPORT := $(filter-out %/amx_in_c.c %/amx_on_avx512.c,$(SRC_SUPPORT))
endif
OBJ_SUPPORT := $(SRC_SUPPORT:%.c=$B/%.o)
# In place of the compiler's own library, as on a board.
OBJ_SUPPORT += $(if $(filter arm,$(MACHINE)),$(addprefix $B/boards/common/armv7/,divide.o numbers.o))

SRC_FAULTS := $(wildcard tests/faults/*.c)
OBJ_FAULTS := $(SRC_FAULTS:%.c=$B/%.o)

SRC_ATTACKS := $(call src,tests/attacks)
OBJ_ATTACKS := $(SRC_ATTACKS:%.c=$B/%.o)

# One program for each target; they link what the tests link.
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
OBJ_FUZZ := $(FUZZ:%=$B/tests/fuzz/fuzz_%.o) $B/tests/fuzz/driver.o

SRC_BENCH := $(wildcard bench/*.c)
OBJ_BENCH := $(SRC_BENCH:bench/%.c=$B/bench-o/%.o)

all: $(LIB) $B/trinn

help:
	@sed -n '3,/^$$/s/^# \{0,1\}//p' Makefile

# ---- rules ----------------------------------------------------------------

# A file's suffix is its ISA; no other object sees these flags.
T_ISA :=
$B/%_avx2.o: T_ISA := -mavx2
$B/%_avx512.o: T_ISA := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 \
                      -mprefer-vector-width=512
$B/%_amx.o: T_ISA := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2
$B/%_aesni.o: T_ISA := -maes -mpclmul -mssse3 -msse4.1
$B/arch/x86/aes_avx2.o: T_ISA := -mavx2 -maes -mpclmul
$B/arch/x86/gf_avx2.o: T_ISA := -mavx2 -mpclmul
$B/arch/x86/aes_avx512.o: T_ISA := -mavx512f -mavx512bw -mavx512dq -mavx512vl \
                                 -mavx2 -maes -mpclmul
$B/%_vaes256.o: T_ISA := -mavx2 -maes -mvaes -mpclmul -mvpclmulqdq
$B/%_vaes.o: T_ISA := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 \
                   -maes -mvaes -mpclmul -mvpclmulqdq
$B/%_ifma.o: T_ISA := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512ifma -mavx2
$B/%_gfni.o: T_ISA := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vbmi \
                   -mavx2 -mgfni -mpclmul -mvpclmulqdq
$B/%_ce.o: T_ISA := -march=armv8-a+crypto
ifeq ($(MACHINE),arm)
$B/%_neon.o: T_ISA := -mfpu=neon -include arch/arm/a64.h
# Sizes that a test draws are drawn in 64 bits.
$B/tests/%.o: T_ISA := -Wno-conversion -Wno-sign-conversion
endif

# Networks as text: a macro of one line with all files.
NETWORKS := $(sort $(wildcard boards/host/networks/*.net))
$B/networks.h: $(NETWORKS) Makefile
	@mkdir -p $(@D)
	@{ printf '#define TRI_NETWORKS '; for f in $(NETWORKS); do \
	    printf '{ "%s", ' $$(basename $$f .net); sed 's/["\\]/\\&/g; s/.*/"&\\n" /' $$f; \
	    printf ' }, '; done | tr -d '\n'; echo; } >$@
$B/boards/host/formats/networks.o: $B/networks.h
$B/boards/host/formats/networks.o: T_ISA = -include $B/networks.h

T_KIND = $(T_HOST)
$(OBJ_FREE) $(OBJ_COMMON) $(OBJ_BOARD) $(OBJ_DRIVERS): T_KIND = $(T_FREE) $(T_SMALL)
$(patsubst %.c,$B/%.o,$(filter-out arch/ref/%,$(SRC_ARCH))): T_KIND = $(T_FREE)
# With its loops unrolled it is twice as fast and five times as long, and not what a
# party spends its time on.
$B/arch/aarch64/slice_neon.o: T_KIND = $(T_FREE) $(if $(T_SMALL),-O2)
# Atomic operations are instructions, not calls.
$B/boards/common/aarch64/cores.o: T_ISA := -mno-outline-atomics
# Loops that are memcpy must not become calls of memcpy.
$B/boards/common/mem.o: T_ISA := -fno-tree-loop-distribute-patterns

$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call SHOW,CC)
	$Q$(CC) $(T_CFLAGS) $(CFLAGS) $(T_KIND) $(T_ISA) -c -o $@ $<

# A setup in an image: who can read it has a private key.
SECRET = $(if $(SETUP),umask 077; rm -f $@; )
$B/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(call SHOW,AS)
	$Q$(SECRET)$(CC) -MMD -MP $(T_ISA) -c -o $@ $<

# Not below $B/bench: that is the program.
$B/bench-o/%.o: bench/%.c Makefile
	@mkdir -p $(@D)
	$(call SHOW,CC)
	$Q$(CC) $(T_CFLAGS) $(CFLAGS) $(T_KIND) -c -o $@ $<

# What makes a secret bit public tells the check so.
$B/ct-o/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call SHOW,CC)
	$Q$(CC) $(T_CFLAGS) $(CFLAGS) $(T_FREE) -DTRI_CT_CHECK -c -o $@ $<
$B/tests/ct/main.o: T_ISA := -DTRI_CT_CHECK
$B/tests/arch/amx_builds.o: T_ISA := $(if $(EXPERIMENTAL),-DTRI_EXPERIMENTAL)

# A member is called by its whole path, proto-nn-conv.o: every linker tells it
# from core-conv.o, and a link map says which file it is.
$B/%.a:
	@rm -rf $@ $@-o && mkdir -p $@-o
	$(call SHOW,AR)
	$Q$(foreach o,$^,ln -s $(abspath $o) $@-o/$(subst /,-,$(o:$B/%=%)) &&) \
	    $(AR) rcs $@ $(foreach o,$^,$@-o/$(subst /,-,$(o:$B/%=%)))

$(LIB): $(OBJ_FREE) $(OBJ_NET)
$(PARTS): $(filter-out %/main.o %/profile_minimal.o,$(OBJ_HOST)) $(OBJ_COMMON)
# Free-standing: no C library, not even the compiler's own.
$B/libfree.a: $(OBJ_FREE)

# ---- programs -------------------------------------------------------------

define LD_ALL
	$(call SHOW,LD)
	$Q$(CC) $(T_LDFLAGS) $(T_MAP) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(T_LDLIBS)
endef

# What a profile names is linked; a minimal one is called by its choices.
PROFILE := $(if $(MINIMAL),minimal-$(ENGINE)-$(LINK)-$(ISA),full)
$B/boards/host/profile_minimal-%.o: boards/host/profile_minimal.c Makefile
	@mkdir -p $(@D)
	$(call SHOW,CC)
	$Q$(CC) $(T_CFLAGS) $(CFLAGS) $(T_HOST) $(join -DTRI_ENGINE= -DTRI_LINK= -DTRI_ISA=,$(subst -, ,$*)) -c -o $@ $<

ifneq ($(BOARD),)
$B/boards/common/profile.o: T_ISA := $(if $(MINIMAL),-DTRI_ENGINE=$(ENGINE) -DTRI_ISA=$(ISA))
$B/boards/common/profile.o: $B/profile
# The kernels of fields are for verification.
$B/boards/common/selftest.o: T_ISA := $(if $(MINIMAL),$(if $(filter rep3,$(ENGINE)),,-DTRI_NO_FIELDS))
$B/boards/common/selftest.o: $B/profile
$B/boards/common/linked.o: T_ISA := $(if $(SETUP),-DTRI_LINKED='"$(abspath $(SETUP))"')
$B/boards/common/linked.o: $(SETUP) $B/profile
endif

# Rewritten when another profile, or setup, is asked for.
$B/profile: FORCE
	@mkdir -p $(@D)
	@echo $(PROFILE) $(SETUP) | cmp -s - $@ || echo $(PROFILE) $(SETUP) >$@

$B/trinn: $B/boards/host/main.o $B/boards/host/profile_$(PROFILE).o $(PARTS) $(LIB) $B/profile
	$(LD_ALL)

# A program that asks a service, for the end-to-end tests.
$B/example-ask: $B/boards/host/examples/ask.o $(PARTS) $(LIB)
	$(LD_ALL)

# The roles that `make audit` counts.
AUDIT := $(addprefix $B/audit/,full party minimal reference)
$B/audit/full: $B/boards/host/profile_full.o
$B/audit/party: $B/tests/audit/profile_party.o
$B/audit/minimal: $B/boards/host/profile_minimal-fused-tcp-$(ISA).o
$B/audit/reference: $B/boards/host/profile_minimal-fused-tcp-ref.o
$(AUDIT): T_MAP = -Wl,-Map=$@.map
$(AUDIT): $B/boards/host/main.o $(PARTS) $(LIB)
	@mkdir -p $(@D)
	$(LD_ALL)

# Calls that tests/inject lets fail.
INJECTED := open write $(shell sed -n 's/^WRAP.[^,]*, \([a-z0-9_]*\),.*/\1/p' tests/inject/wrap.c)
$B/trinn-inject: T_LDFLAGS += $(INJECTED:%=-Wl,--wrap=%)
$B/trinn-inject: $B/tests/inject/wrap.o $B/boards/host/main.o $B/boards/host/profile_$(PROFILE).o \
                 $(PARTS) $(LIB)
	$(LD_ALL)

# Calls that a check can let fail (tests/support/faulty.h).
comma := ,
$B/unit $B/check: T_LDFLAGS += $(addprefix -Wl$(comma)--wrap=,fsync link rename renameat2 unlink)

# Criterion finds its tests in a section that nothing else names.
$B/unit: T_LDFLAGS += -Wl,--no-gc-sections
$B/unit: T_LDLIBS += -lcriterion
$B/unit: $B/tests/unit.o $(OBJ_SUPPORT) $(PARTS) $(LIB)
	$(LD_ALL)

$B/check: $B/tests/check_main.o $(OBJ_SUPPORT) $(PARTS) $(LIB)
	$(LD_ALL)

# For tests/loops.sh.
$B/loops: $B/tests/loops.o $(LIB)
	$(LD_ALL)

$B/ct: $B/tests/ct/main.o $(addprefix $B/tests/support/,check.o lockstep.o) \
       $(addprefix $B/ct-o/,core/aead.o core/gcm.o core/x25519.o proto/verify/ands.o proto/verify/ring.o) $(LIB)
	$(LD_ALL)

$B/ct-trace: $B/tests/ct/trace.o $B/tests/support/check.o $(LIB)
	$(LD_ALL)

$B/faults: $(OBJ_FAULTS) $B/tests/support/check.o $(LIB)
	$(LD_ALL)

$B/attacks: $(OBJ_ATTACKS) $(addprefix $B/tests/support/,check.o three.o) $(PARTS) $(LIB)
	$(LD_ALL)

# The driver is libFuzzer (FUZZER=libfuzzer, clang) or our own.
FUZZER ?= plain
$B/fuzz/%: T_LDFLAGS += $(if $(filter plain,$(FUZZER)),,-fsanitize=fuzzer)
$B/fuzz/%: $B/tests/fuzz/fuzz_%.o $(if $(filter plain,$(FUZZER)),$B/tests/fuzz/driver.o) $(OBJ_DRIVERS) $(PARTS) $(LIB)
	@mkdir -p $(@D)
	$(LD_ALL)

$B/bench: $(OBJ_BENCH) $(PARTS) $(LIB)
	$(LD_ALL)

LDSCRIPT := boards/$(BOARD)/board.ld
$B/board.elf: $(OBJ_BOARD) $(OBJ_COMMON) $B/libfree.a $(LDSCRIPT) linker/sections.ld
	$(call SHOW,LD)
	$Q$(SECRET)$(CC) -nostdlib -static -no-pie -Wl,--fatal-warnings,-z,noexecstack,--build-id=none,--gc-sections,-Map=$@.map \
	    -T $(LDSCRIPT) $(LDFLAGS) -o $@ $(filter %.o %.a,$^)

# ---- targets --------------------------------------------------------------

demo: $B/trinn
	$B/trinn demo

test: $B/unit $B/trinn $B/faults $B/example-ask
	@$B/unit --list | grep -q part || { echo "$B/unit has no tests"; exit 1; }
	timeout -k 5 3600 $B/unit --jobs 2
	timeout -k 5 1200 $B/faults -n 0
	JOBS=2 timeout -k 5 2400 sh tests/e2e/run.sh $B/trinn

TRIES ?= 100
faults: $B/faults
	timeout -k 5 12000 $B/faults -n $(TRIES)

QUICK ?=
attacks: $B/attacks
	timeout -k 5 3600 sh tests/attacks/run.sh $B $(if $(QUICK),--quick) $(ONLY)

# Every check switched off once: does a test fail?
CHECK_PARTS := $B/tests/check_main.o $(OBJ_SUPPORT) $(PARTS) $(LIB)
ATTACK_PARTS := $(OBJ_ATTACKS) $(addprefix $B/tests/support/,check.o three.o) $(PARTS) $(LIB)
mutants: T_LDFLAGS += $(addprefix -Wl$(comma)--wrap=,fsync link rename renameat2 unlink)
mutants: $(CHECK_PARTS) $(ATTACK_PARTS)
	$QCC='$(CC)' FLAGS='$(filter-out -MMD -MP,$(T_CFLAGS) $(CFLAGS) $(T_HOST))' LINK='$(T_LDFLAGS) $(LDFLAGS)' \
	    CHECK='$(CHECK_PARTS) $(T_LDLIBS)' ATTACKS='$(ATTACK_PARTS) $(T_LDLIBS)' \
	    sh tests/attacks/mutants.sh $B '$(ONLY)'

COUNT ?= 20
crash: $B/trinn
	timeout -k 5 7200 sh tests/e2e/crash.sh $B/trinn $(COUNT) 1 fused
	timeout -k 5 7200 sh tests/e2e/crash.sh $B/trinn $(COUNT) 1 active
	timeout -k 5 7200 sh tests/e2e/crash.sh $B/trinn $(COUNT) 1 ether

kills: $B/trinn
	timeout -k 5 7200 sh tests/e2e/kills.sh $B/trinn $(COUNT) $(SEED)

soak: $B/trinn
	timeout -k 5 $$(($(SECONDS) + 2400)) sh tests/e2e/soak.sh $B/trinn $(SECONDS)

K ?= 1000
inject: $B/trinn $B/trinn-inject
	timeout -k 5 12000 sh tests/inject/run.sh $B $(K) $(ONLY)

check: $B/check
	timeout -k 5 3600 $(RUN) $B/check $(ONLY)

ifneq ($(BOARD),)
board: $B/board.elf

BOARD_EMU := $(firstword $(BOARD_RUN))
board-run: $B/board.elf
	@command -v $(BOARD_EMU) >/dev/null || \
	    { echo "board-run needs $(BOARD_EMU): apt-get install $(BOARD_NEEDS)"; exit 1; }
	timeout -k 5 2400 $(BOARD_RUN) $B/board.elf </dev/null

MOST ?=
size: $B/board.elf
	sh tests/size.sh $B '$(CROSS)' $(MOST)
else
board board-run size:
	$(MAKE) --no-print-directory BOARD=qemu_virt $@
endif

BOARDS := $(patsubst boards/%/board.mk,%,$(wildcard boards/*/board.mk))
boards:
	$(foreach b,$(BOARDS),$(MAKE) --no-print-directory BOARD=$b board &&) :

# What runs elsewhere than on x86-64 and AArch64: by its kernels, then as a party.
ARMHF := arm-linux-gnueabihf-
RISCV := riscv64-linux-gnu-
S390X := s390x-linux-gnu-
ports:
	$(MAKE) --no-print-directory CROSS= B=build all
	$(MAKE) --no-print-directory CROSS=$(ARMHF) B=build-$(patsubst %-,%,$(ARMHF)) all build-$(patsubst %-,%,$(ARMHF))/check
	$(MAKE) --no-print-directory CROSS=$(RISCV) B=build-$(patsubst %-,%,$(RISCV)) all
	$(MAKE) --no-print-directory CROSS=$(S390X) B=build-$(patsubst %-,%,$(S390X)) all build-$(patsubst %-,%,$(S390X))/check
	@$(ARM)gcc -mbig-endian -std=c11 -ffreestanding -I. -fsyntax-only arch/aarch64/neon.c 2>&1 | \
	    grep -q 'for little-endian processors' || { echo 'ports: a big-endian build for Arm does not end'; exit 1; }
	timeout -k 5 1200 qemu-arm build-$(patsubst %-,%,$(ARMHF))/trinn selftest
	timeout -k 5 1200 qemu-riscv64 build-$(patsubst %-,%,$(RISCV))/trinn selftest
	timeout -k 5 2400 qemu-arm build-$(patsubst %-,%,$(ARMHF))/check core ring chain slice field chacha20 zp prg hash poly1305 aead x25519 noise
	timeout -k 5 1200 qemu-s390x build-$(patsubst %-,%,$(S390X))/check core ring chain lane slice field chacha20 zp prg hash poly1305 aes aead x25519 noise formats models
	timeout -k 5 2400 sh tests/ports.sh build 'qemu-arm build-$(patsubst %-,%,$(ARMHF))/trinn' \
	    'qemu-riscv64 build-$(patsubst %-,%,$(RISCV))/trinn' 'qemu-s390x build-$(patsubst %-,%,$(S390X))/trinn'

# The programs are those of this machine and of Linux on ARM, whatever BOARD is.
ARM := aarch64-linux-gnu-
board-check:
	$(MAKE) --no-print-directory BOARD= MINIMAL= CROSS= B=build all
	$(MAKE) --no-print-directory BOARD= MINIMAL= CROSS=$(ARM) B=build-$(patsubst %-,%,$(ARM)) all
	$(MAKE) --no-print-directory BOARD=$(or $(BOARD),qemu_virt) board
	timeout -k 5 3600 sh tests/boards/run.sh build build-$(or $(BOARD),qemu_virt)$(if $(MINIMAL),-minimal) \
	    $(or $(BOARD),qemu_virt) build-$(patsubst %-,%,$(ARM))/trinn $(ONLY)

ct:
	@command -v valgrind >/dev/null || \
	    { echo "make ct needs valgrind: make deps"; exit 1; }
	$(MAKE) --no-print-directory $B/ct $B/ct-trace
	timeout -k 5 2400 valgrind -q $B/ct
	timeout -k 5 2400 $B/ct-trace

# make fuzz SECONDS=60: every target for so long, under AddressSanitizer and
# UndefinedBehaviorSanitizer; with libFuzzer where clang has it.
SECONDS ?= 60
FUZZ_CC = $(shell echo 'int LLVMFuzzerTestOneInput(void){return 0;}' | \
    clang -x c -fsanitize=fuzzer -o /dev/null - 2>/dev/null && echo clang)
fuzz:
	$(MAKE) --no-print-directory fuzz-run B=$B-fuzz CFLAGS='-O1 -g' \
	    $(if $(FUZZ_CC),CC=clang FUZZER=libfuzzer \
	    SAN=address$(comma)undefined$(comma)fuzzer-no-link,SAN=address$(comma)undefined)

fuzz-run: $(FUZZ:%=$B/fuzz/%)
	@for t in $(FUZZ); do \
	    mkdir -p $B/fuzz/corpus/$$t && \
	    (cd $B/fuzz && timeout -k 5 $$(($(SECONDS) + 120)) ./$$t \
	        -max_total_time=$(SECONDS) -max_len=16384 -timeout=10 \
	        $(if $(filter plain,$(FUZZER)),,-verbosity=0 -print_final_stats=1 corpus/$$t) \
	        $(CURDIR)/tests/fuzz/corpus/$$t >$$t.log 2>&1) && \
	    echo "  fuzz $$t: $$(sed -n 's/.*executed_units: */runs /p; s/.*seeds, //p' $B/fuzz/$$t.log | head -1)" || \
	    { tail -40 $B/fuzz/$$t.log; echo "fuzz $$t FAILED; input in $B/fuzz"; exit 1; }; \
	done

lint: $(LIB) $B/libfree.a $B/trinn
	sh tests/lint.sh $B '$(CC)' '$(NM)' '$(SRC_BARE)'
	sh tests/readme.sh $B/trinn

# The minimal party once more, for its stack: gcc writes the graphs of calls.
audit: $(AUDIT) $B/libfree.a
	@! $(CC) -fcallgraph-info=su -c -x c -o $B/audit/try.o /dev/null 2>/dev/null || \
	    $(MAKE) --no-print-directory MINIMAL=1 ENGINE=fused B=$B/stack CFLAGS='$(CFLAGS) -fcallgraph-info=su' all
	@! command -v $(ARM)gcc >/dev/null || \
	    $(MAKE) --no-print-directory BOARD=zcu102 MINIMAL=1 ENGINE=fused CROSS=$(ARM) CC=$(ARM)gcc \
	        AR=$(ARM)ar CFLAGS='$(CFLAGS)' B=$B/zcu102 board
	sh tests/audit.sh $B '$(CC)' '$(NM)' $(MACHINE)

reproducible:
	sh tests/reproducible.sh CC='$(CC)'

# What a program that embeds Trinn includes; what these include comes with them.
PUBLIC := $(addprefix proto/,engine.h argmax.h softmax.h fused/fused.h paper/paper.h \
            plain/plain.h plain/float.h rep3/rep3.h nn/model.h nn/net.h nn/train.h) \
          $(addprefix net/,hello.h tcp/tcp.h ether/ether.h host/mem.h host/emulate.h \
            host/random.h) core/err.h boards/host/serve/ask.h

$B/trinn.1: boards/host/man.sh $B/trinn
	$(call SHOW,MAN)
	$Qsh $< '$(RUN) $B/trinn' >$@.new && mv $@.new $@

install: $B/trinn $(LIB) $(PARTS) $B/trinn.1
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin include lib/pkgconfig share/man/man1)
	install -m 755 $B/trinn $(DESTDIR)$(PREFIX)/bin/trinn
	install -m 644 $B/trinn.1 $(DESTDIR)$(PREFIX)/share/man/man1/trinn.1
	install -m 644 $(LIB) $(DESTDIR)$(PREFIX)/lib/libtrinn.a
	install -m 644 $(PARTS) $(DESTDIR)$(PREFIX)/lib/libtrinnhost.a
	for h in $$($(CC) -I. -MM -x c $(PUBLIC) | tr ' ' '\n' | grep '\.h$$' | sort -u); do \
	    install -D -m 644 $$h $(DESTDIR)$(PREFIX)/include/trinn/$$h || exit 1; \
	done
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' linker/trinn.pc.in \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/trinn.pc

# A program outside this tree, against an installed copy.
COPY := $(abspath $B)/installed
example:
	rm -rf $(COPY)
	$(MAKE) --no-print-directory install DESTDIR=$(COPY) PREFIX=/usr >/dev/null
	for e in embed ask; do \
	    $(CC) -std=c11 -D_GNU_SOURCE $(T_WARN) $(CFLAGS) boards/host/examples/$$e.c -o $B/$$e \
	        $$(PKG_CONFIG_LIBDIR=$(COPY)/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$(COPY) \
	            pkg-config --cflags --libs trinn) || exit 1; \
	done
	$(RUN) $B/embed

# Only the tests need more than a compiler: Criterion, and valgrind for `ct`.
DEPS := libcriterion-dev valgrind
deps-cross: DEPS := qemu-user qemu-system-arm $(foreach c,arm64:aarch64-linux-gnu \
    armhf:arm-linux-gnueabihf riscv64:riscv64-linux-gnu s390x:s390x-linux-gnu, \
    gcc-$(word 2,$(subst :, ,$c)) libc6-dev-$(word 1,$(subst :, ,$c))-cross)
deps deps-cross:
	@if ! command -v apt-get >/dev/null; then \
	    echo "This is not Debian or Ubuntu. The tests need Criterion (C unit" \
	         "tests, https://github.com/Snaipe/Criterion) with its headers," \
	         "and valgrind: install them with your system's package manager."; \
	elif dpkg -s $(DEPS) >/dev/null 2>&1; then \
	    echo "already there: $(DEPS)"; \
	elif [ "$$(id -u)" = 0 ]; then \
	    apt-get update && apt-get install -y $(DEPS); \
	elif command -v sudo >/dev/null; then \
	    sudo apt-get update && sudo apt-get install -y $(DEPS); \
	else \
	    echo "Install as root: apt-get install -y $(DEPS)"; exit 1; \
	fi

bench: $B/bench
	$B/bench --json bench.json

# make profile NET=C: where a training step spends its time
NET ?= C
profile: $B/bench
	$B/bench --profile $(NET)

clean:
	rm -rf $B

ONLY ?=
FORCE:
.PHONY: FORCE all help demo test check crash inject faults attacks mutants fuzz fuzz-run board board-run boards board-check size ports ct kills soak lint bench profile audit reproducible install example deps deps-cross clean
# Objects of fuzz targets stay, for the next run.
.SECONDARY: $(OBJ_FUZZ)
# No rule makes these.
%.d: ;
-include $(shell [ -d $B ] && find $B -type f -name '*.d')

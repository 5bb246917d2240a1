/* QEMU's fw_cfg over memory-mapped registers, by its DMA (docs/specs/fw_cfg).
 * All numbers are big-endian. */
#include "boards/qemu_virt/fwcfg.h"
#include "core/err.h"
#include "core/mem.h"

enum { BASE = 0x09020000, DMA = 16 };
enum { ERROR = 1, READ = 2, SELECT = 8 };
enum { DIRECTORY = 0x19, NAME = 56, ENTRY = 64 };

struct request {
    uint32_t control, length;
    uint64_t address;
};

/* n bytes of the item that is selected, or first select one. */
static int transfer(uint32_t control, void *p, size_t n)
{
    static struct request r;
    volatile struct request *const v = &r;
    const uint64_t at = (uintptr_t)&r;
    volatile uint32_t *const reg = (volatile uint32_t *)(uintptr_t)(BASE + DMA);

    v->control = __builtin_bswap32(control | READ);
    v->length = __builtin_bswap32((uint32_t)n);
    v->address = __builtin_bswap64((uintptr_t)p);
    __asm__ volatile("dsb sy" : : : "memory");
    reg[0] = __builtin_bswap32((uint32_t)(at >> 32));
    reg[1] = __builtin_bswap32((uint32_t)at);
    while ((v->control & ~__builtin_bswap32(ERROR)) != 0)
        ;
    __asm__ volatile("dsb sy" : : : "memory");
    return v->control == 0;
}

static int same(const char *a, const char *b)
{
    size_t i = 0;

    while (i < NAME && a[i] == b[i] && a[i] != '\0')
        i++;
    return i < NAME && a[i] == b[i];
}

int tri_fwcfg_read(const char *name, size_t *n, uint8_t *room, size_t bytes)
{
    static struct {
        uint32_t size;
        uint16_t select, unused;
        char name[NAME];
    } e;
    uint32_t entries = 0;

    _Static_assert(sizeof e == ENTRY, "an entry of the directory");
    *n = 0;
    if (!transfer((uint32_t)DIRECTORY << 16 | SELECT, &entries, sizeof entries))
        return TRI_E_IO;
    for (uint32_t i = __builtin_bswap32(entries); i > 0; i--) {
        if (!transfer(0, &e, sizeof e))
            return TRI_E_IO;
        if (same(e.name, name)) {
            *n = __builtin_bswap32(e.size);
            if (*n > bytes)
                return TRI_E_NOMEM;
            if (transfer((uint32_t)__builtin_bswap16(e.select) << 16 | SELECT,
                         room, *n))
                return TRI_OK;
            tri_wipe(room, *n);
            return TRI_E_IO;
        }
    }
    return TRI_OK;
}

#ifndef TRI_TESTS_CHECKS_H
#define TRI_TESTS_CHECKS_H

#include "tests/support/check.h"

/** \file tests/checks.h
 *
 * # The one list of checks
 *
 * Every tests/ROOM/check_STEM.c defines the table `tri_checks_STEM` and its
 * length `tri_checks_STEM_n`. TABLE(stem, parts): Criterion (tests/unit.c) runs
 * a table in so many parts, side by side; tests/check_main.c runs all of it,
 * one check after the other. A part costs a process, so that only tables which
 * take long have several.
 */
#define TRI_CHECK_TABLES(TABLE)                                            \
    /* arch: every kernel against the reference, the reference against the \
     * definition or published vectors */                                  \
    TABLE(aes, 1)                                                          \
    TABLE(chacha20, 1)                                                     \
    TABLE(chain, 1)                                                        \
    TABLE(gf, 1)                                                           \
    TABLE(field, 1)                                                        \
    TABLE(lane, 1)                                                         \
    TABLE(poly1305, 1)                                                     \
    TABLE(ring, 1)                                                         \
    TABLE(slice, 1)                                                        \
    TABLE(zp, 2)                                                           \
    /* core */                                                             \
    TABLE(aead, 1)                                                         \
    TABLE(core, 1)                                                         \
    TABLE(gemm, 2)                                                         \
    TABLE(hash, 1)                                                         \
    TABLE(labels, 1)                                                       \
    TABLE(noise, 1)                                                        \
    TABLE(prg, 1)                                                          \
    TABLE(x25519, 1)                                                       \
    /* net: links in process, over TCP and Ethernet, attacked and not */   \
    TABLE(death, 3)                                                        \
    TABLE(door, 1)                                                         \
    TABLE(emulate, 2)                                                      \
    TABLE(ether, 3)                                                        \
    TABLE(ether_attack, 1)                                                 \
    TABLE(ether_beats, 2)                                                  \
    TABLE(ether_sim, 1)                                                    \
    TABLE(finish, 1)                                                       \
    TABLE(join, 2)                                                         \
    TABLE(link, 4)                                                         \
    TABLE(local, 1)                                                        \
    TABLE(sealed, 2)                                                       \
    TABLE(secure, 1)                                                       \
    /* proto: engines, protocols one by one, networks, training */         \
    TABLE(adam, 1)                                                         \
    TABLE(ands, 1)                                                         \
    TABLE(attempts, 1)                                                     \
    TABLE(coin, 1)                                                         \
    TABLE(doors, 1)                                                        \
    TABLE(engine, 3)                                                       \
    TABLE(g64, 1)                                                          \
    TABLE(fused, 4)                                                        \
    TABLE(illegal, 2)                                                      \
    TABLE(ledger, 1)                                                       \
    TABLE(loss, 1)                                                         \
    TABLE(max, 1)                                                          \
    TABLE(nn, 2)                                                           \
    TABLE(paper, 4)                                                        \
    TABLE(plain, 1)                                                        \
    TABLE(rep3, 2)                                                         \
    TABLE(verify_ring, 4)                                                  \
    /* host: files, formats, command lines, the parts of the program */    \
    TABLE(agree, 1)                                                        \
    TABLE(checkpoint, 1)                                                   \
    TABLE(clients, 1)                                                      \
    TABLE(config, 1)                                                       \
    TABLE(data, 1)                                                         \
    TABLE(disk, 1)                                                         \
    TABLE(drivers, 1)                                                      \
    TABLE(formats, 1)                                                      \
    TABLE(host, 2)                                                         \
    TABLE(memory, 1)                                                       \
    TABLE(models, 1)                                                       \
    TABLE(onnx, 1)                                                         \
    TABLE(order, 1)                                                        \
    TABLE(room, 1)                                                         \
    TABLE(proposal, 1)                                                     \
    TABLE(plot, 1)                                                         \
    TABLE(pool, 1)                                                         \
    TABLE(replicated, 1)                                                   \
    TABLE(service, 1)                                                      \
    TABLE(store, 1)

#define TRI_CHECK_DECLARE(stem, parts)                       \
    extern const struct tri_check_entry tri_checks_##stem[]; \
    extern const size_t tri_checks_##stem##_n;
TRI_CHECK_TABLES(TRI_CHECK_DECLARE)

#endif

/*
 * The setup (setup.h) that `make SETUP=file` puts into the image, or nothing.
 * It is data, not a constant: memory that is wiped at the end.
 */
    .data
    .balign 64
    .global tri_linked_start, tri_linked_end
tri_linked_start:
#ifdef TRI_LINKED
    .incbin TRI_LINKED
#endif
tri_linked_end:

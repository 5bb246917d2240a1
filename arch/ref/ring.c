/* Reference: the definition, one element at a time. */
#include "arch/kernels.h"

TRI_DECL_RING3(tri_add_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = x[i] + y[i];
}

TRI_DECL_RING3(tri_sub_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = x[i] - y[i];
}

TRI_DECL_RING3(tri_mul_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = x[i] * y[i];
}

TRI_DECL_RING3(tri_muladd_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] += x[i] * y[i];
}

TRI_DECL_RINGC(tri_addc_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = x[i] + c;
}

TRI_DECL_RINGC(tri_rsubc_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = c - x[i];
}

TRI_DECL_RINGC(tri_scale_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = c * x[i];
}

TRI_DECL_RINGC(tri_axpy_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] += c * x[i];
}

TRI_DECL_AXPYS(tri_axpys_ref)
{
    for (size_t p = 0; p < k; p++)
        for (size_t i = 0; i < n; i++)
            z[i] += c[p] * x[p * ldx + i];
}

TRI_DECL_RINGDOT(tri_dot_ref)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

TRI_DECL_RINGS(tri_shr_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = x[i] >> s;
}

TRI_DECL_RSS_MUL(tri_rss_mul_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = x0[i] * (y0[i] + y1[i]) + x1[i] * y0[i] + a[i];
}

"""Numbers in bf16: rounding against exact arithmetic, products against the order of sums that amx.h documents, bit for bit and for
several targets; and that the kernels become AMX's instructions where the target has them.

timeout: 300
"""

import os
import platform
import shlex
import subprocess
import sys
import tempfile

PROGRAM = r"""
#include "amx.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

static uint32_t state = 1;

static uint32_t random_bits(void) {
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

static float float_of(uint32_t bits) {
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static uint32_t bits_of(float number) {
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

// In exact arithmetic: to the nearest number of 8 bits, ties to even.
static uint32_t rounded(uint32_t bits) {
    const uint32_t sign = bits >> 16 & 0x8000;
    const double number = fabs((double)float_of(bits));
    int exponent;
    if (isnan(number)) return bits >> 16 | 0x40;
    if (isinf(number)) return sign | 0x7f80;
    if ((bits & 0x7f800000) == 0) return sign;
    const double fraction = frexp(number, &exponent), nearest = ldexp(rint(fraction * 256), exponent - 8);
    return sign | (nearest >= ldexp(1, 128) ? 0x7f80 : bits_of((float)nearest) >> 16);
}

static int check_rounding(void) {
    static const uint32_t lower[] = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff, 0x1234, 0xc000};
    float numbers[LANES];
    for (uint32_t upper = 0; upper < 0x10000; upper++)
        for (int i = 0; i < 8; i += LANES < 8 ? LANES : 8) {
            bf16 found[LANES], part[LANES];
            memset(part, 0xaa, sizeof part);
            for (int lane = 0; lane < LANES; lane++) {
                const uint32_t bits = upper << 16 | lower[(i + lane) % 8];
                memcpy(&numbers[lane], &bits, sizeof bits);
            }
            bf16_store_part(found, vec_load(numbers), LANES);
            bf16_store_part(part, vec_load(numbers), LANES - 1);
            for (int lane = 0; lane < LANES; lane++) {
                const uint32_t bits = upper << 16 | lower[(i + lane) % 8];
                if (found[lane] != rounded(bits)) return printf("%08x becomes %04x, not %04x\n", bits, found[lane], rounded(bits));
                if (part[lane] != (lane < LANES - 1 ? found[lane] : 0xaaaa)) return printf("a part of %d is wrong\n", LANES - 1);
            }
        }
    return 0;
}

// As amx.h says it, one number after the other.
static float step_of(float sum, const bf16 *row, const bf16 *columns, int column) {
    float even = 0, odd = 0;
    for (int pair = 0; pair < BF16_PAIRS; pair++) {
        const bf16 *numbers = columns + bf16_panel_place(pair, column);
        even = fmaf(float_of((uint32_t)row[2 * pair] << 16), float_of((uint32_t)numbers[0] << 16), even);
        odd = fmaf(float_of((uint32_t)row[2 * pair + 1] << 16), float_of((uint32_t)numbers[1] << 16), odd);
    }
    const volatile float both = even + odd;
    return sum + both;
}

// From `spread` powers of two; few are below the smallest normal number, or zero.
static bf16 random_bf16(int spread) {
    const uint32_t bits = random_bits();
    if (bits % 50 == 0) return (bf16)(bits >> 8 & 0x8000);
    if (spread > 100 && bits % 50 == 1) return (bf16)(bits >> 8 & 0x807f);
    return (bf16)((bits & 0x807f) | (uint32_t)(127 - spread / 2 + (int)(bits >> 8) % spread) << 7);
}

static int check_products(int rows, int spread) {
    enum { STEP = AMX_DEPTH * 3 + 8, STEPS = 3 };
    static bf16 numbers[AMX_ROWS * STEP + 64], columns[STEPS * AMX_DEPTH * AMX_COLUMNS];
    static real sums[AMX_ROWS * AMX_COLUMNS + 16];
    real *aligned = (real *)(((uintptr_t)sums + 63) & ~(uintptr_t)63);
    for (int i = 0; i < AMX_ROWS * STEP; i++) numbers[i] = random_bf16(spread);
    for (int i = 0; i < STEPS * AMX_DEPTH * AMX_COLUMNS; i++) columns[i] = random_bf16(spread);
    AmxBlock block;
    amx_begin(&block);
    amx_clear(&block, rows);
    for (int step = 0; step < STEPS; step++)
        amx_multiply_add(&block, numbers + step * AMX_DEPTH, STEP, columns + step * AMX_DEPTH * AMX_COLUMNS);
    amx_store(&block, aligned);
    amx_end(&block);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < AMX_COLUMNS; c++) {
            float wanted = 0;
            for (int step = 0; step < STEPS; step++)
                wanted = step_of(wanted, numbers + r * STEP + step * AMX_DEPTH, columns + step * AMX_DEPTH * AMX_COLUMNS, c);
            const float found = aligned[(c / PANEL_COLUMNS * AMX_ROWS + r) * PANEL_COLUMNS + c % PANEL_COLUMNS];
            if (bits_of(found) != bits_of(wanted)) return printf("sum (%d, %d) is %a, not %a\n", r, c, (double)found, (double)wanted);
        }
    return 0;
}

int main(void) {
    if (check_rounding()) return 1;
#ifdef __SSE2__
    _mm_setcsr(_mm_getcsr() | 0x8040); // as all threads of programs
#endif
    for (int round = 0; round < 20; round++) {
        if (check_products(32, 12) || check_products(16, 30) || check_products(5, 4)) return 1;
#if defined(__FMA__) || defined(__aarch64__)
        // Products below the smallest normal number and beyond the largest, too.
        if (check_products(32, 180)) return 1;
#endif
    }
    return 0;
}
"""

FAMILIES = ("conv_forward", "conv_backward_data", "conv_backward_weights", "conv_backward_rows", "dense_forward", "dense_backward_weights")
WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]


def compilers():
    """The user's and, where they are there, both that the project knows."""
    found = [shlex.split(os.environ.get("CC", "cc"))]
    for name in ("gcc", "clang"):
        if subprocess.run(["which", name], capture_output=True, check=False).returncode == 0:
            found.append([name])
    return found


def check_program(folder, compiler, flags):
    source, program = os.path.join(folder, "bf16.c"), os.path.join(folder, "bf16")
    with open(source, "w", encoding="utf-8") as file:
        file.write(PROGRAM)
    subprocess.run([*compiler, *WARNINGS, *flags, "-Ikernels", source, "-o", program, "-lm"], check=True)
    return subprocess.run([program], check=False).returncode == 0


def check_instructions(folder, compiler):
    """None if the compiler does not know the processor."""
    source, text = os.path.join(folder, "kernels.c"), os.path.join(folder, "kernels.s")
    with open(source, "w", encoding="utf-8") as file:
        file.write('#include "kernel.h"\n' + "".join(
            f'#define KERNEL k_{family}\n#include "cpu/{family}_bf16.h"\nvoid *use_{family}(void);\n'
            f"void *use_{family}(void) {{ return (void *)k_{family}; }}\n" for family in FAMILIES))
    command = [*compiler, *WARNINGS, "-O2", "-march=sapphirerapids", "-Ikernels"]
    if subprocess.run([*command, "-E", "-x", "c", "/dev/null"], capture_output=True, check=False).returncode != 0:
        return None
    subprocess.run([*command, "-S", source, "-o", text], check=True)
    with open(text, encoding="utf-8") as file:
        lines = file.read()
    return all(word in lines for word in ("tdpbf16ps", "tileloadd", "tilestored", "ldtilecfg", "tilerelease"))


def main():
    passed, failed = 0, 0
    x86 = platform.machine() == "x86_64"
    targets = [["-O2", "-march=native"], *([["-O2", "-march=x86-64"], ["-O2", "-march=native", "-mno-avx"]] if x86 else [])]
    with tempfile.TemporaryDirectory() as folder:
        for compiler in compilers():
            results = [(flags, check_program(folder, compiler, flags)) for flags in targets]
            results += [("-march=sapphirerapids", check_instructions(folder, compiler))] if x86 else []
            for flags, good in results:
                passed, failed = passed + (good is True), failed + (good is False)
                if good is False:
                    print("failed:", *compiler, flags)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

// Counting vector registers and spills in objdump's text.
#include "build/disassembly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka.h needs those before it.
#include <cmocka.h>

static void expect(const char *text, int registers, int spills) {
    RegisterUse use = register_use_of(text);
    assert_int_equal(use.registers, registers);
    assert_int_equal(use.spills, spills);
}

static void test_registers(void **state) {
    (void)state;
    expect("", 0, 0);
    expect("x.o:     file format elf64-x86-64\n\n0000000000000000 <kernel>:\n"
           "   0:\tvxorps %xmm1,%xmm1,%xmm1\n"
           "   4:\tvfmadd231ps (%rdi,%rax,4),%ymm1,%ymm12\n" // ymm1 is xmm1
           "   a:\tvaddps %zmm31,%zmm2,%zmm31\n"
           "  10:\tmov    %rsp,%rax\n"
           "  13:\tret",
           4, 0);
}

static void test_spills(void **state) {
    (void)state;
    // What counts: whole vectors to and from the frame. Not numbers, not other memory, not arithmetic on it.
    expect("0 <kernel>:\n"
           "   0:\tvmovaps %ymm0,0x20(%rsp)\n"
           "   6:\tvmovups -0x8(%rsp),%ymm1\n"
           "   c:\tmovdqa %xmm2,(%rsp)\n"
           "  12:\tvmovss 0x8(%rsp),%xmm3\n"
           "  18:\tvmovups %ymm4,(%rdi)\n"
           "  1e:\tvmovaps %ymm5,%ymm6\n"
           "  24:\tmov    0x8(%rsp),%rax\n",
           7, 3);
}

static void test_frame_pointer(void **state) {
    (void)state;
    // rbp is the frame from where it becomes it, to the function's end.
    expect("0 <kernel>:\n"
           "   0:\tpush   %rbp\n"
           "   1:\tmov    %rsp,%rbp\n"
           "   4:\tvmovaps %ymm0,-0x40(%rbp)\n"
           "   9:\tret\n\n"
           "10 <other>:\n"
           "  10:\tvmovups 0x40(%rbp),%ymm1\n",
           2, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_spills),
        cmocka_unit_test(test_frame_pointer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// `precision = bf16` beside the options of a build.
#include "commands/commands.h"

#include <stdio.h>

bool precision_fits(Arena *arena, const Configuration *configuration, const BuildOptions *building,
                    int *code) {
    const TrainConfig *train = &configuration->train;
    if (!train->bf16 || !building->double_precision) return true;
    Diagnostics *diagnostics = diagnostics_new(arena);
    Diagnostic *diagnostic = diagnose(diagnostics, SEVERITY_ERROR, E0515, train->precision_span,
                                      "`precision = bf16` can't be built with `--real f64`");
    diagnostic_help(diagnostic, "leave out `--real f64`, or add `--set train.precision=f32`");
    *code = report(diagnostics);
    return false;
}

void warn_precision(Arena *arena, const char *command, const Configuration *configuration,
                    const BuildOptions *building) {
    // The second name is that of older versions of Clang.
    static const char *const names[] = {"__AMX_BF16__", "__AMXBF16__", NULL};
    if (!configuration->train.bf16 || build_defines(arena, building, names)) return;
    fprintf(
        stderr,
        "cnnc %s: warning: precision = bf16 is only rounding here, not speed: the processor (-march=%s) has "
        "no AMX\n",
        command, building->march);
}

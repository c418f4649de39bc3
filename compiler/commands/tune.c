// `cnnc tune FILE`: measures as `cnnc bench` does, and keeps the best variants as tuning records.
#include "commands/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A shape's times by variant: uses that differ in their epilogues alone share a record, and add up.
typedef struct TunedShape {
    const KernelUse *use; // the first
    double *seconds;      // by variant
    bool right;           // all variants are: else there is no record
} TunedShape;

typedef List(TunedShape) TunedShapes;

static TunedShape *tuned_shape(Arena *arena, TunedShapes *shapes, const KernelUse *use) {
    const Kernel *kernel = use->kernel;
    for (int i = 0; i < shapes->count; i++)
        if (kernel_same_shape(shapes->items[i].use->kernel, kernel->family, kernel->constants.count,
                              kernel->constants.items))
            return &shapes->items[i];
    list_add(arena, shapes, ((TunedShape){use, NEW_ARRAY(arena, double, use->variants.count), true}));
    return &shapes->items[shapes->count - 1];
}

// What is computed in bf16 is so for its precision, whatever is fastest.
static TunedShapes tuned_shapes(Arena *arena, const Measurement *measurement) {
    TunedShapes shapes = {0};
    for (int i = 0; i < measurement->uses.count; i++) {
        const KernelUse *use = &measurement->uses.items[i];
        if (kernel_in_bf16(use->kernel)) continue;
        TunedShape *shape = tuned_shape(arena, &shapes, use);
        for (int v = 0; v < use->variants.count; v++) {
            shape->seconds[v] += measurement->variants[i][v].seconds;
            shape->right &= measurement->variants[i][v].right;
        }
    }
    return shapes;
}

// Whether a variant is to be chosen over one before it in the list. One that takes its sizes as an argument
// was compiled when cnnc was; another is compiled with the first network that has the shape, which takes a
// tenth of a second or two, and has to be worth that.
static bool is_better(const KernelVariant *variant, double seconds, const KernelVariant *other,
                      double other_seconds) {
    if (other->sized && !variant->sized) return seconds * 1.5 < other_seconds;
    return measure_clearly_faster(seconds, other_seconds);
}

static TuningResult result_of(Arena *arena, const TunedShape *shape) {
    const KernelVariants *variants = &shape->use->variants;
    const char **names = NEW_ARRAY(arena, const char *, variants->count);
    int best = 0;
    for (int v = 0; v < variants->count; v++) {
        names[v] = variants->items[v].variant;
        if (is_better(&variants->items[v], shape->seconds[v], &variants->items[best], shape->seconds[best]))
            best = v;
    }
    return (TuningResult){shape->use->kernel, names[best], variants->count, names, shape->seconds};
}

static void print_result(Arena *arena, const TuningResult *result) {
    printf("%s:", measure_name(arena, result->kernel));
    for (int v = 0; v < result->count; v++)
        printf("%s %s%s %.4g us", v ? "," : "", result->variants[v],
               strcmp(result->variants[v], result->variant) == 0 ? "*" : "", 1e6 * result->seconds[v]);
    printf("\n");
}

static bool tune(Arena *arena, const MeasureRequest *request, Measurement *measurement) {
    const char *path = request->records ? request->records : tuning_own_file(arena);
    if (!path || !measure_run(arena, request, measurement)) return false;
    TunedShapes shapes = tuned_shapes(arena, measurement);
    TuningResult *results = NEW_ARRAY(arena, TuningResult, shapes.count);
    int count = 0;
    for (int i = 0; i < shapes.count; i++) {
        if (!shapes.items[i].right) {
            fprintf(stderr, "cnnc tune: a variant of %s gives wrong results, see cnnc bench: no record\n",
                    measure_name(arena, shapes.items[i].use->kernel));
            continue;
        }
        results[count] = result_of(arena, &shapes.items[i]);
        print_result(arena, &results[count++]);
    }
    if (!tuning_save(arena, path, &measurement->key, count, results)) return false;
    printf("%d records in %s\n", count, path);
    return true;
}

int command_tune(int argc, char **argv) {
    Arena *arena = arena_new();
    MeasureRequest request = {0};
    Measurement measurement = {0};
    int code;
    if (measure_prepare(arena, argc, argv, &request, &measurement, &code))
        code = tune(arena, &request, &measurement) ? EXIT_FINE : EXIT_USER;
    arena_free(arena);
    return code;
}

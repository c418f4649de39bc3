#include "evaluate.h"

void evaluate_list(const Instance *instance, const ImageList *list, Tally *tally, float *probabilities) {
    const Program *program = instance->program;
    tally_clear(tally);
    for (size_t first = 0; first < list->count; first += (size_t)program->batch) {
        int n = instance_load(instance, list, first);
        Frame frame = instance_frame(instance, list->data, n);
        program->evaluate(&frame);
        tally_add(tally, instance, n);
        for (int i = 0; probabilities && i < n; i++)
            probabilities_from(program, instance_at(instance, program->logits, i),
                               probabilities + (first + (size_t)i) * (size_t)program->classes);
    }
}

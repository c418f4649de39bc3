// X init: the initial weights of a seed.
#include "checkpoint.h"
#include "commands.h"
#include "fail.h"
#include "initialize.h"

int init_command(const Program *program, const Options *options) {
    const char *out = options_required(options->out, "--out FILE");
    Settings settings = options_settings(program, options);
    uint64_t seed = options_seed(&settings, options);
    Instance instance = instance_create(program, 1, settings_values(&settings, seed, false));
    initialize_parameters(program, instance.arena, seed);
    checkpoint_save_weights(out, &instance);
    instance_free(&instance);
    settings_free(&settings);
    return EXIT_FINE;
}

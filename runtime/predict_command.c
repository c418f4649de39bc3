// X predict: the classes of images from files.
#include "checkpoint.h"
#include "commands.h"
#include "data_file.h"
#include "evaluate.h"
#include "fail.h"
#include "images.h"
#include "json_output.h"
#include "npy.h"
#include "weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Predictor {
    Instance instance;
    char **class_names;
    cJSON *predictions; // NULL: lines are printed
} Predictor;

// One image's result; `number` is its place in an array of several, or -1.
static void show(const Predictor *predictor, const char *input, int64_t number, const float *probabilities) {
    const Program *program = predictor->instance.program;
    int best = 0;
    for (int i = 1; i < program->classes; i++)
        if (probabilities[i] > probabilities[best]) best = i;
    if (!predictor->predictions) {
        char place[24] = "";
        if (number >= 0) snprintf(place, sizeof place, "[%lld]", (long long)number);
        printf("%s%s\t%s\t%.4f\n", input, place, predictor->class_names[best], (double)probabilities[best]);
        return;
    }
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "input", input);
    if (number >= 0) cJSON_AddNumberToObject(entry, "index", (double)number);
    cJSON_AddStringToObject(entry, "class", predictor->class_names[best]);
    cJSON_AddNumberToObject(entry, "class_index", best);
    cJSON_AddNumberToObject(entry, "probability", (double)probabilities[best]);
    cJSON_AddItemToObject(entry, "probabilities", cJSON_CreateFloatArray(probabilities, program->classes));
    cJSON_AddItemToArray(predictor->predictions, entry);
}

static void predict_images(Predictor *predictor, const char *input, uint8_t *pixels, size_t count,
                           bool numbered) {
    const Program *program = predictor->instance.program;
    size_t classes = (size_t)program->classes;
    int32_t *labels = data_allocate_zeroed(count, sizeof *labels); // load() wants some
    float *probabilities = data_allocate(count * classes, sizeof *probabilities);
    Dataset data = {.classes = program->classes, .count = count, .images = pixels, .labels = labels};
    ImageList list = {&data, NULL, count};
    Tally tally = tally_create(program->classes, 0);
    evaluate_list(&predictor->instance, &list, &tally, probabilities);
    for (size_t i = 0; i < count; i++)
        show(predictor, input, numbered ? (int64_t)i : -1, probabilities + i * classes);
    tally_free(&tally);
    free(probabilities);
    free(labels);
}

// Shapes [h,w], [h,w,c], [n,h,w] and [n,h,w,c]; the missing ones are 1, and [28,28,1] is one image. Returns
// the number of images, and whether the array had an axis for it.
static size_t image_count(const Program *program, const char *input, const NpyArray *array, bool *numbered) {
    int64_t want[] = {program->height, program->width, program->channels};
    size_t pixels = (size_t)(want[0] * want[1] * want[2]);
    for (int axis = 0; axis < 2; axis++) {
        int rest = array->rank - axis; // the axes of one image
        bool fits = (rest == 3 || (rest == 2 && program->channels == 1)) && array->count > 0;
        for (int i = 0; fits && i < rest; i++) fits = array->shape[axis + i] == want[i];
        *numbered = axis == 1;
        if (fits) return array->count / pixels;
    }
    char shape[80];
    fail("%s: its shape is %s, but the model takes images of %dx%dx%d (height x width x channels)", input,
         data_shape_text(array->rank, array->shape, shape, sizeof shape), program->height, program->width,
         program->channels);
}

// Bytes of the array's pixels, which are numbers from 0 to 255.
static uint8_t *array_pixels(const char *input, const NpyArray *array) {
    uint8_t *pixels = data_allocate(array->count, 1);
    for (size_t i = 0; i < array->count; i++) {
        double value = data_element(array->type, array->data, i);
        if (!(value >= 0 && value <= 255))
            fail("%s: pixel %zu is %g; pixels go from 0 to 255", input, i, value);
        pixels[i] = (uint8_t)(value + 0.5);
    }
    return pixels;
}

static bool is_npy(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".npy") == 0;
}

static void predict_input(Predictor *predictor, const char *input) {
    const Program *program = predictor->instance.program;
    if (is_npy(input)) {
        bool numbered;
        NpyArray array = npy_read(input);
        size_t count = image_count(program, input, &array, &numbered);
        uint8_t *pixels = array_pixels(input, &array);
        predict_images(predictor, input, pixels, count, numbered);
        free(pixels);
        npy_free(&array);
        return;
    }
    uint8_t *pixels =
        data_allocate((size_t)program->height * (size_t)program->width, (size_t)program->channels);
    image_read(input, program->height, program->width, program->channels, pixels);
    predict_images(predictor, input, pixels, 1, false);
    free(pixels);
}

int predict_command(const Program *program, const Options *options) {
    const char *weights = options_required(options->weights, "--weights FILE");
    if (!options->input_count) fail_usage("predict: no image is given: png, jpeg or npy");
    Settings settings = options_settings(program, options);
    char **names = checkpoint_class_names(weights, program->classes);
    Predictor predictor = {.class_names = names ? names : data_class_names(program),
                           .predictions = options->json ? cJSON_CreateArray() : NULL};
    predictor.instance = instance_create(program, options_threads(options),
                                         settings_values(&settings, options_seed(&settings, options), false));
    weights_load(weights, program, predictor.instance.arena, false);
    for (int i = 0; i < options->input_count; i++) predict_input(&predictor, options->inputs[i]);
    if (options->json) {
        cJSON *document = cJSON_CreateObject();
        cJSON_AddStringToObject(document, "model", program->model);
        cJSON_AddItemToObject(document, "predictions", predictor.predictions);
        json_print(document);
    }
    data_free_class_names(predictor.class_names, program->classes);
    instance_free(&predictor.instance);
    settings_free(&settings);
    return EXIT_FINE;
}

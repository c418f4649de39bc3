#include "resolve/property.h"
#include <string.h>

#define LARGEST_SEED  9007199254740992.0 // 2^53: whole in a double, and so in every file that records it
#define LARGEST_COUNT 2147483647.0

static const Property dataset_rows[] = {
    {"source", PROPERTY_SOURCE, NULL, 0, 0, NULL, 0,
     "where the images are: a built-in set, or files with their size (`cnnc list datasets`)"},
    {"val", PROPERTY_VALIDATION, "none", 0, 0.9, NULL, 0,
     "part of the training images kept for validation (shuffled, stratified, seeded); `test` takes the test "
     "set"},
    {"seed", PROPERTY_WHOLE, "0", 0, LARGEST_SEED, NULL, 0, "seed of the validation split"},
    {"classes", PROPERTY_NAMES, "", 0, 0, NULL, 0,
     "the classes' names in the order of their labels; else the set's own"},
};

static const Property train_rows[] = {
    {"loss", PROPERTY_CALL, "crossentropy", 0, 0, NULL, OP_LOSS, "what is minimised (`cnnc list losses`)"},
    {"optimizer", PROPERTY_CALL, "adam", 0, 0, NULL, OP_OPTIMIZER,
     "how weights follow gradients (`cnnc list optimizers`)"},
    {"schedule", PROPERTY_CALL, "constant", 0, 0, NULL, OP_SCHEDULE,
     "how the learning rate changes while training (`cnnc list schedules`)"},
    {"batch", PROPERTY_WHOLE, "32", 1, 1048576, NULL, 0,
     "images a step; the last, partial batch of an epoch is kept (Keras: 32)"},
    {"epochs", PROPERTY_WHOLE, "10", 1, LARGEST_COUNT, NULL, 0, "passes over the training images, at most"},
    {"precision", PROPERTY_WORD, "f32", 0, 0, "f32 bf16", 0,
     "of the numbers that convolutions and dense layers multiply: bf16 rounds them, for processors with AMX"},
    {"augment", PROPERTY_SECTION, "none", 0, 0, "augment", 0,
     "changes to the training images (not built yet: only `none`)"},
};

static const Property early_stop_rows[] = {
    {"monitor", PROPERTY_METRIC, "val.loss", 0, 0, NULL, 0, "the metric that has to improve"},
    {"patience", PROPERTY_WHOLE, "10", 1, LARGEST_COUNT, NULL, 0,
     "epochs without improvement after which training stops"},
    {"min_delta", PROPERTY_NUMBER, "0", 0, 1e30, NULL, 0,
     "improved means better by more than this (Keras: 0)"},
    {"restore", PROPERTY_WORD, "best", 0, 0, "best none", 0,
     "the weights that are kept and tested: the best epoch's, or the last"},
};

static const Property experiment_rows[] = {
    {"model", PROPERTY_SECTION, "", 0, 0, "model", 0, "the model; may be left out if the file has only one"},
    {"train", PROPERTY_SECTION, "", 0, 0, "train", 0,
     "the train section; may be left out if the file has only one"},
    {"seeds", PROPERTY_SEEDS, "1", 0, LARGEST_SEED, NULL, 0,
     "every variant is run once with each: 1..3, or [1, 5, 9]"},
    {"invalid", PROPERTY_WORD, "error", 0, 0, "error skip", 0,
     "a variant whose shapes are impossible is an error, or left out, said and counted"},
};

#define TABLE(section, summary, rows)                                                                        \
    { section, summary, rows, sizeof(rows) / sizeof(rows)[0] }
const PropertyTable dataset_properties =
    TABLE("dataset", "images, their classes and the validation split", dataset_rows);
const PropertyTable train_properties = TABLE("train", "how a model is trained", train_rows);
const PropertyTable early_stop_properties =
    TABLE("early_stop", "a section of train: ends training when a metric stops improving", early_stop_rows);
const PropertyTable experiment_properties =
    TABLE("experiment", "variants and seeds to run; any setting may stand here too", experiment_rows);
const PropertyTable *const property_tables[] = {&dataset_properties, &train_properties,
                                                &early_stop_properties, &experiment_properties, NULL};
const char *const metric_names[] = {"val.loss", "val.accuracy", "train.loss", "train.accuracy", NULL};

const Property *property_find(const PropertyTable *table, const char *name) {
    for (int i = 0; i < table->count; i++) {
        if (!strcmp(table->rows[i].name, name)) return &table->rows[i];
    }
    return NULL;
}

const char *const *property_names(Arena *arena, const PropertyTable *table) {
    const char **names = NEW_ARRAY(arena, const char *, table->count + 1);
    for (int i = 0; i < table->count; i++) names[i] = table->rows[i].name;
    return names;
}

static const struct {
    const char *section, *word, *answer;
} elsewhere[] = {
    {"train", "learning_rate", "write the learning rate where it belongs: `optimizer = adam(lr = 1e-3)`"},
    {"train", "lr", "write the learning rate where it belongs: `optimizer = adam(lr = 1e-3)`"},
    {"train", "momentum", "momentum is the optimizer's: `optimizer = sgd(lr = 0.01, momentum = 0.9)`"},
    {"train", "weight_decay", "weight decay is the optimizer's: `optimizer = adamw(weight_decay = 0.004)`"},
    {"train", "clip", "clipping is the optimizer's: `optimizer = adam(clip = 1)`"},
    {"train", "clipnorm", "write `optimizer = adam(clip = 1)`: it limits the norm of the whole gradient"},
    {"train", "l2", "`l2` is a property of a layer, a block call or a model: `model net(l2 = 1e-4) on data`"},
    {"train", "init",
     "`init` is a property of a layer, a block call or a model: `model net(init = he_normal) on data`"},
    {"train", "batch_size", "did you mean `batch`?"},
    {"train", "epoch", "did you mean `epochs`?"},
    {"train", "nb_epoch", "did you mean `epochs`?"},
    {"train", "num_epochs", "did you mean `epochs`?"},
    {"train", "max_epochs", "did you mean `epochs`?"},
    {"train", "patience",
     "patience belongs to early stopping: `early_stop { monitor = val.loss; patience = 20 }`"},
    {"train", "early_stop",
     "early stopping is a section: `early_stop { monitor = val.loss; patience = 20 }`"},
    {"train", "early_stopping", "write `early_stop { monitor = val.loss; patience = 20 }`"},
    {"train", "callbacks",
     "early stopping is `early_stop { ... }`, a changing learning rate is `schedule = ...`; "
     "logs and the best weights are always written"},
    {"train", "validation_split", "the split is the data set's: `dataset d { source = mnist; val = 10% }`"},
    {"train", "validation_data", "the validation set is the data set's: `val = 10%`, or `val = test`"},
    {"train", "val", "the validation split is the data set's: `dataset d { source = mnist; val = 10% }`"},
    {"train", "metrics",
     "loss, accuracy, precision, recall, F1 and the confusion matrix are always reported"},
    {"train", "seed",
     "a run's seed comes from its experiment: `seeds = 1..3`; the split's from the data set: `seed = 7`"},
    {"train", "seeds",
     "seeds belong to an experiment: `experiment e { model = net; train = t; seeds = 1..3 }`"},
    {"train", "scheduler", "did you mean `schedule`?"},
    {"train", "lr_scheduler", "did you mean `schedule`?"},
    {"train", "criterion", "did you mean `loss`?"},
    {"train", "shuffle", "training images are always shuffled, from the run's seed"},
    {"train", "augmentation", "did you mean `augment`?"},
    {"train", "dtype", "did you mean `precision`?"},
    {"train", "mixed_precision", "write `precision = bf16`: products in bf16, everything else in float32"},
    {"train", "amp", "write `precision = bf16`: products in bf16, everything else in float32"},
    {"train", "label_smoothing", "it is the loss's: `loss = crossentropy(label_smoothing = 0.1)`"},
    {"train", "class_weight", "it is the loss's: `loss = crossentropy(class_weight = [...])`"},
    {"early_stop", "mode", "the direction follows from the metric: losses fall, accuracies rise"},
    {"early_stop", "restore_best_weights", "write `restore = best` (the default) or `restore = none`"},
    {"early_stop", "metric", "did you mean `monitor`?"},
    {"early_stop", "delta", "did you mean `min_delta`?"},
    {"dataset", "validation_split", "did you mean `val`? A part is written `val = 10%`"},
    {"dataset", "validation", "did you mean `val`? A part is written `val = 10%`"},
    {"dataset", "split", "did you mean `val`? A part is written `val = 10%`"},
    {"dataset", "path",
     "write the place into the source: `source = images(\"dir\", size = 64x64x3, classes = 10)`"},
    {"dataset", "size",
     "the size belongs to the source: `source = images(\"dir\", size = 64x64x3, classes = 10)`"},
    {"dataset", "batch", "the batch is a property of `train`"},
    {"dataset", "batch_size", "the batch is a property of `train`: `batch = 32`"},
    {"dataset", "labels", "did you mean `classes`? It lists the classes' names"},
    {"dataset", "class_names", "did you mean `classes`? It lists the classes' names"},
    {"dataset", "augment", "augmentation is a property of `train`"},
    {"dataset", "shuffle", "training images are always shuffled, from the run's seed"},
    {"experiment", "seed", "did you mean `seeds`? One seed is written `seeds = 7`"},
    {"experiment", "runs", "did you mean `seeds`? `seeds = 1..5` makes five runs of each variant"},
    {"experiment", "repeats", "did you mean `seeds`? `seeds = 1..5` makes five runs of each variant"},
    {"experiment", "data", "the data set is the model's: `model net on data`"},
    {"experiment", "dataset",
     "the data set is the model's: `model net on data`; its properties are `dataset.val`, ..."},
    {"experiment", "lr", "write `optimizer.lr`"},
    {"experiment", "learning_rate", "write `optimizer.lr`"},
    {"experiment", "batch_size", "write `batch`"},
    {"experiment", "patience", "write `early_stop.patience`"},
    {"experiment", "val", "write `dataset.val`"},
};

const char *property_elsewhere(const char *section, const char *word) {
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        if (!strcmp(elsewhere[i].section, section) && !strcmp(elsewhere[i].word, word))
            return elsewhere[i].answer;
    }
    return NULL;
}

#include "resolve/pixels.h"
#include <math.h>
#include <string.h>

// What is known of a value's numbers: those of the images, or a mix made by a layer with weights.
typedef struct Range {
    bool pixels;
    bool scaled; // by a rescale, standardize or normalization
    bool standardized;
    double low, high;
} Range;

// Ranges up to this are scaled ones; constants up to this are those of scaled pixels. (Bytes and their means
// are far above, except in images that are black.)
static const double scaled_limit = 2;
// A factor below this is meant for bytes.
static const double byte_factor = 0.02;

static double largest(const Range *range) {
    return fmax(fabs(range->low), fabs(range->high));
}

static const char *range_text(Arena *arena, const Range *range) {
    return arena_printf(arena, "%.4g..%.4g", range->low, range->high);
}

static Diagnostic *warn(const Scope *scope, Code code, const Value *value, const char *message) {
    return diagnose(scope->study->diagnostics, SEVERITY_WARNING, code, value->span, "%s", message);
}

static Range rescaled(const Scope *scope, const Value *value, Range in) {
    Arena *arena = scope->study->arena;
    double scale = value_number(value, "scale"), offset = value_number(value, "offset");
    double ends[] = {in.low * scale + offset, in.high * scale + offset};
    Range out = {.pixels = true, .scaled = true, .standardized = in.standardized};
    out.low = fmin(ends[0], ends[1]);
    out.high = fmax(ends[0], ends[1]);
    if (in.scaled && fabs(scale) < byte_factor && largest(&in) <= scaled_limit) {
        Diagnostic *diagnostic = warn(scope, W0703, value, "pixels are scaled twice");
        diagnostic_note(diagnostic, "they are %s before this layer, and %s after it", range_text(arena, &in),
                        range_text(arena, &out));
        diagnostic_help(diagnostic, "remove one of the two");
    }
    return out;
}

static double largest_number(const Attr *attr) {
    double most = 0;
    for (int i = 0; i < attr->count; i++) most = fmax(most, fabs(attr->numbers[i]));
    return most;
}

static Range standardized(const Scope *scope, const Value *value, Range in) {
    Arena *arena = scope->study->arena;
    double mean = largest_number(value_attr(value, "mean")), std = largest_number(value_attr(value, "std"));
    bool for_bytes = mean > scaled_limit || std > scaled_limit, bytes = largest(&in) > scaled_limit;
    if (in.standardized) {
        Diagnostic *diagnostic = warn(scope, W0703, value, "pixels are standardized twice");
        diagnostic_help(diagnostic, "remove one of the two");
    } else if (bytes && !for_bytes) {
        Diagnostic *diagnostic = warn(scope, W0703, value, "these constants are those of pixels 0..1");
        diagnostic_note(diagnostic, "pixels are %s before this layer", range_text(arena, &in));
        diagnostic_help(diagnostic, "put `rescale(1/255)` before it");
    } else if (!bytes && for_bytes) {
        Diagnostic *diagnostic = warn(scope, W0703, value, "these constants are those of pixels 0..255");
        diagnostic_note(diagnostic, "pixels are %s before this layer", range_text(arena, &in));
        diagnostic_help(diagnostic, "remove the layer that scales them before");
    }
    return (Range){.pixels = true, .scaled = true, .standardized = true, .low = -3, .high = 3};
}

static bool has_weights(const Value *value) {
    for (int i = 0; i < value->input_count; i++) {
        const Value *input = value->inputs[i];
        if (!input->shape.batched && input->op->flags & OP_SOURCE) return true;
    }
    return false;
}

static Range range_after(const Scope *scope, const Value *value, Range in, bool bytes) {
    if (!in.pixels) return in;
    if (!strcmp(value->op->name, "rescale")) return rescaled(scope, value, in);
    if (!strcmp(value->op->name, "standardize")) return standardized(scope, value, in);
    if (!strcmp(value->op->name, "normalization")) {
        return (Range){.pixels = true, .scaled = true, .standardized = true, .low = -3, .high = 3};
    }
    if (!has_weights(value)) return in;
    if (value->op->flags & OP_CONTRACTION && bytes && !in.scaled) {
        Diagnostic *diagnostic = warn(scope, W0704, value, "pixels are 0..255 when they reach this layer");
        diagnostic_help(diagnostic, "begin the model with `rescale(1/255)`");
    }
    return (Range){0};
}

void check_pixels(const Scope *scope, const Configuration *configuration) {
    Function *function = module_function(configuration->module, "model");
    function_renumber(function);
    Range *ranges = NEW_ARRAY(scope->study->arena, Range, function->values.count);
    for (int i = 0; i < function->values.count; i++) {
        const Value *value = function->values.items[i];
        if (value->op->flags & OP_SOURCE) {
            ranges[i] = (Range){.pixels = value->shape.batched, .low = 0, .high = 255};
        } else {
            ranges[i] =
                range_after(scope, value, ranges[value->inputs[0]->id], configuration->data.name != NULL);
        }
    }
}

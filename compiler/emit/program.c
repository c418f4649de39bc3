#include "emit/program.h"
#include "emit/kernel_uses.h"
#include "emit/settings.h"

#include <string.h>

void emit_string(const char *string, Text *text) {
    text_add(text, "\"");
    for (const char *at = string; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '\n')
            text_add(text, at[1] ? "\\n\"\n    \"" : "\\n");
        else if (c == '"' || c == '\\')
            text_printf(text, "\\%c", c);
        else if (c == '?' || c < 32 || c >= 127)
            text_printf(text, "\\%03o", c);
        else
            text_add_bytes(text, at, 1);
    }
    text_add(text, "\"");
}

static void field_string(const char *name, const char *string, Text *text) {
    text_printf(text, "    .%s = ", name);
    emit_string(string ? string : "", text);
    text_add(text, ",\n");
}

static void field_integer(const char *name, int64_t integer, Text *text) {
    text_printf(text, "    .%s = %lld,\n", name, (long long)integer);
}

double contraction_flops(const Function *function) {
    double flops = 0;
    for (int i = 0; i < function->values.count; i++) {
        const Value *value = function->values.items[i];
        if ((value->op->flags & OP_CONTRACTION) && value->op->cost) flops += 2 * value->op->cost(value).macs;
    }
    return flops;
}

static const char *initializer_constant(const char *name, Arena *arena) {
    char *constant = arena_printf(arena, "INIT_%s", name);
    for (char *at = constant; *at; at++)
        if (*at >= 'a' && *at <= 'z') *at = (char)(*at - 'a' + 'A');
    return constant;
}

static void emit_parameter(const EmittedProgram *program, int index, Text *text) {
    static const char *const kinds[] = {"PARAMETER_WEIGHT", "PARAMETER_STATISTIC", "PARAMETER_OPTIMIZER"};
    const Plan *plan = program->plan;
    const Tensor *tensor = &plan->module->tensors.items[index];
    text_printf(
        text, "    {.name = \"%s\",\n     .kind = %s,\n     .frozen = %s,\n     .rank = %d,\n     .shape = {",
        tensor->name, kinds[tensor->kind], tensor->frozen ? "true" : "false", tensor->shape.rank);
    for (int i = 0; i < tensor->shape.rank; i++)
        text_printf(text, "%s%lld", i ? ", " : "", (long long)tensor->shape.dim[i]);
    text_add(text, "},\n     .axes = {");
    for (int i = 0; i < tensor->shape.rank; i++) text_printf(text, "%s%d", i ? ", " : "", tensor->axes[i]);
    text_printf(text, "},\n     .panel = %lld", (long long)tensor->panel);
    text_printf(text, ",\n     .offset = %lld,\n     .gradient = ", (long long)plan->tensor_offsets[index]);
    if (plan->gradient_offsets[index] < 0)
        text_add(text, "SIZE_MAX");
    else
        text_printf(text, "%lld", (long long)plan->gradient_offsets[index]);
    text_printf(text, ",\n     .init = %s,\n     .init_value = ",
                initializer_constant(tensor->init.name, plan->module->arena));
    text_add_number(text, tensor->init.value);
    text_printf(text, ",\n     .fan_in = %lld,\n     .fan_out = %lld},\n", (long long)tensor->fan_in,
                (long long)tensor->fan_out);
}

static void emit_parameters(const EmittedProgram *program, Text *text) {
    int count = program->plan->module->tensors.count;
    text_add(text, "static const Parameter parameters[] = {\n");
    for (int i = 0; i < count; i++) emit_parameter(program, i, text);
    if (count == 0) text_add(text, "    {.name = \"\"},\n");
    text_add(text, "};\n\n");
}

static void emit_layers(const Module *module, Text *text) {
    text_add(text, "static const LayerInfo layers[] = {\n");
    for (int i = 0; i < module->layers.count; i++) {
        const LayerRow *row = &module->layers.items[i];
        const Shape *shape = &row->output->shape;
        text_printf(text, "    {\"%s\", \"%s\", %d, {", row->path, row->op->name, shape->rank);
        for (int k = 0; k < shape->rank; k++)
            text_printf(text, "%s%lld", k ? ", " : "", (long long)shape->dim[k]);
        text_printf(text, "}, %lld, %lld},\n", (long long)layer_params(module, row),
                    (long long)layer_macs(row));
    }
    if (module->layers.count == 0) text_add(text, "    {.name = \"\"},\n");
    text_add(text, "};\n\n");
}

static void emit_strings(const char *name, const char *const *strings, Text *text) {
    text_printf(text, "static const char *const %s[] = {", name);
    for (int i = 0; strings && strings[i]; i++) {
        emit_string(strings[i], text);
        text_add(text, ", ");
    }
    text_add(text, "NULL};\n\n");
}

static void emit_place(const char *name, const Placement *place, Text *text) {
    text_printf(text, "    .%s = {%lld, %lld},\n", name, (long long)place->offset, (long long)place->stride);
}

static void emit_sizes(const EmittedProgram *program, Text *text) {
    const Plan *plan = program->plan;
    Module *module = plan->module;
    const Function *evaluate = module_function(module, "evaluate"), *train = module_function(module, "train");
    const DataConfig *data = &program->configuration->data;
    field_integer("height", data->height, text);
    field_integer("width", data->width, text);
    field_integer("channels", data->channels, text);
    field_integer("classes", module->classes, text);
    field_integer("batch", module->batch, text);
    field_integer("chunk_images", plan->chunk_images, text);
    field_integer("fixed_bytes", plan->fixed_bytes, text);
    field_integer("chunk_bytes", plan->chunk_bytes, text);
    field_integer("scratch_bytes", plan->scratch_bytes, text);
    field_integer("gradient_bytes", plan->gradient_bytes, text);
    field_integer("lower_bound", plan_lower_bound(plan, 1), text);
    field_integer("lower_bound_thread", plan_lower_bound(plan, 2) - plan_lower_bound(plan, 1), text);
    field_integer("unplanned", plan_unplanned(plan), text);
    text_printf(text, "    .train_flops = %.17g,\n    .forward_flops = %.17g,\n",
                train ? contraction_flops(train) : 0, contraction_flops(evaluate));
}

static void emit_tables(const EmittedProgram *program, int settings, Text *text) {
    const Module *module = program->plan->module;
    text_printf(text, "    .parameters = parameters,\n    .parameter_count = %d,\n", module->tensors.count);
    text_printf(text, "    .settings = settings,\n    .setting_count = %d,\n    .slot_count = %d,\n",
                settings, module->slots.count);
    text_printf(text, "    .layers = layers,\n    .layer_count = %d,\n", module->layers.count);
    emit_place("input", &program->plan->input, text);
    emit_place("label", &program->plan->label, text);
    emit_place("logits", &program->plan->logits, text);
    emit_place("loss", &program->plan->loss, text);
    if (program->plan->penalty_offset >= 0)
        field_integer("penalty", program->plan->penalty_offset, text);
    else
        text_add(text, "    .penalty = SIZE_MAX,\n");
    for (int f = 0; f < program->function_count; f++)
        text_printf(text, "    .%s = %s,\n", program->functions[f].name, program->functions[f].name);
}

static void emit_data(const DataConfig *data, Text *text) {
    text_add(text, "    .data = {");
    if (data->kind) {
        text_add(text, ".name = ");
        emit_string(data->name, text);
        text_printf(text, ", .kind = \"%s\", .arguments = data_arguments, .class_names = %s", data->kind,
                    data->class_names ? "class_names" : "NULL");
    } else
        text_add(text, ".kind = NULL");
    text_add(text, "},\n");
}

static void emit_kernels(const EmittedProgram *program, Text *text) {
    KernelUses uses = {0};
    for (int f = 0; f < program->function_count; f++)
        for (int i = 0; i < program->functions[f].pieces.count; i++)
            kernel_uses_add(program->plan->module->arena, &uses, &program->functions[f].pieces.items[i]->body,
                            program->functions[f].name);
    Text variants = {0}, reasons = {0};
    kernel_uses_variants(&uses, &variants);
    kernel_uses_reasons(&uses, &reasons);
    field_string("kernels", text_string(&variants), text);
    field_string("kernel_choices", text_string(&reasons), text);
    text_free(&variants);
    text_free(&reasons);
}

void emit_program(const EmittedProgram *program, Text *text) {
    const Configuration *configuration = program->configuration;
    const DataConfig *data = &configuration->data;
    emit_parameters(program, text);
    int settings = emit_settings(configuration, text);
    emit_layers(program->plan->module, text);
    if (data->kind) emit_strings("data_arguments", data->arguments, text);
    if (data->kind && data->class_names) emit_strings("class_names", data->class_names, text);
    text_add(text, "const Program program = {\n");
    field_string("model", configuration->model, text);
    field_string("file", program->file, text);
    field_string("variant", configuration->variant, text);
    field_string("command", program->command, text);
    field_string("compiler", program->compiler, text);
    field_string("version", program->version, text);
    field_string("hash", program->hash, text);
    field_string("resolved", program->resolved, text);
    field_string("target", "c", text);
    emit_kernels(program, text);
    const Op *schedule = configuration->train.schedule.op;
    field_string("schedule", schedule ? schedule->name : "constant", text);
    emit_data(data, text);
    text_printf(text, "    .has_loss = %s,\n", configuration->train.loss.op ? "true" : "false");
    text_printf(text, "    .outputs_probabilities = %s,\n",
                configuration->output_is_probability ? "true" : "false");
    emit_sizes(program, text);
    emit_tables(program, settings, text);
    text_add(text, "};\n");
}

void emit_head(const EmittedProgram *program, Text *text) {
    const Plan *plan = program->plan;
    Module *module = plan->module;
    const Function *evaluate = module_function(module, "evaluate"), *train = module_function(module, "train");
    int64_t params = 0;
    for (int i = 0; i < module->tensors.count; i++)
        if (module->tensors.items[i].kind != TENSOR_OPTIMIZER)
            params += shape_elements(&module->tensors.items[i].shape);
    text_printf(text, "// Written by cnnc %s: %s\n", program->version, program->command);
    text_printf(text, "// Model %s of %s", program->configuration->model, program->file);
    if (program->configuration->variant) text_printf(text, ", variant %s", program->configuration->variant);
    text_printf(text, ": %lld parameters, batch %lld.\n", (long long)params, (long long)module->batch);
    text_printf(text, "// Contractions: %.0f FLOPs an image forward, %.0f in a training step.\n",
                contraction_flops(evaluate), train ? contraction_flops(train) : 0);
    text_printf(text,
                "// Arena: %lld bytes fixed, %lld chunks of %lld images and %lld bytes, %lld bytes scratch a "
                "thread.\n",
                (long long)plan->fixed_bytes, (long long)plan->chunks, (long long)plan->chunk_images,
                (long long)plan->chunk_bytes, (long long)plan->scratch_bytes);
}

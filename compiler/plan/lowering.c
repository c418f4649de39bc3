// What ops see of the driver: see ops/lowering.h.
#include "plan/driver.h"

#include <stdio.h>
#include <string.h>

extern const Op op_also;

static Driver *driver_of(Lowering *lowering) {
    return (Driver *)lowering->driver;
}

static ElementType element_type(Type type) {
    switch (type) {
    case TYPE_REAL: return ELEMENT_REAL;
    case TYPE_BYTE: return ELEMENT_BYTE;
    case TYPE_INT: return ELEMENT_INT;
    case TYPE_NONE: break;
    }
    fault("an effect has no elements");
}

static Buffer *find_buffer(const Scope *scope, const Value *value, Role role) {
    for (int i = 0; i < scope->count; i++)
        if (scope->items[i].value == value && scope->items[i].role == role) return scope->items[i].buffer;
    return NULL;
}

static void enter(Driver *driver, const Value *value, Role role, Buffer *buffer) {
    list_add(driver->lowering.arena, buffer->stride ? &driver->inner : &driver->piece,
             ((ScopeBuffer){value, role, buffer}));
}

static void place_buffer(const Driver *driver, const Value *value, Role role, Buffer *buffer) {
    const Placement *placement = &driver->function->placements[value_root((Value *)value)->id];
    int64_t offset = value_offset(value) * driver->plan->real_bytes; // views of parts are of reals
    if (role != ROLE_VALUE && role != ROLE_IMAGE) {
        buffer->base = role == ROLE_PARTIAL ? BASE_CHUNK : BASE_CHUNKS;
        buffer->offset = offset + (role == ROLE_ALL_IMAGES ? placement->offset : placement->partial);
        return;
    }
    buffer->offset = offset + placement->offset;
    switch (placement->storage) {
    case STORAGE_FIXED: buffer->base = BASE_FIXED; return;
    case STORAGE_GRADIENT: buffer->base = BASE_GRADIENTS; return;
    case STORAGE_SCRATCH: buffer->base = BASE_SCRATCH; return;
    case STORAGE_CHUNK:
    case STORAGE_PIECE:
        buffer->base = placement->storage == STORAGE_CHUNK ? BASE_CHUNK : BASE_SCRATCH;
        buffer->stride = role == ROLE_IMAGE ? placement->stride : 0;
        return;
    case STORAGE_NONE: break;
    }
    fault("%%%d %s is not stored, but %s reads it", value->id, value->op->name,
          driver->group->members.items[0]->op->name);
}

static const char *buffer_name(Arena *arena, const Value *value, Role role) {
    static const char *const suffixes[] = {"", "", "_sum", "_sums", "_all"};
    if (value->op != &op_tensor)
        return arena_printf(arena, "%s_%d%s", value->op->name, value->id, suffixes[role]);
    char *name = arena_printf(arena, "p_%s", value->path);
    for (char *at = name; *at; at++)
        if (*at == '.') *at = '_';
    return name;
}

Buffer *driver_buffer(Driver *driver, const Value *value, Role role, bool written) {
    Arena *arena = driver->lowering.arena;
    Storage storage = driver->function->placements[value_root((Value *)value)->id].storage;
    bool of_image = driver->kind == STAGE_IMAGES && (storage == STORAGE_CHUNK || storage == STORAGE_PIECE);
    if (role == ROLE_VALUE && of_image) role = ROLE_IMAGE;
    Buffer *buffer = find_buffer(role == ROLE_IMAGE ? &driver->inner : &driver->piece, value, role);
    if (!buffer) {
        buffer = NEW(arena, Buffer);
        buffer->name = buffer_name(arena, value, role);
        buffer->type = element_type(value->type);
        buffer->elements = shape_elements(&value->shape);
        buffer->comment = shape_text(arena, &value->shape);
        place_buffer(driver, value, role, buffer);
        enter(driver, value, role, buffer);
    }
    if (written) buffer->written = true;
    return buffer;
}

Buffer *driver_source(Driver *driver, const char *name, BaseKind base, ElementType type, int64_t elements) {
    for (int i = 0; i < driver->piece.count; i++)
        if (driver->piece.items[i].role == ROLE_SOURCE && driver->piece.items[i].buffer->base == base)
            return driver->piece.items[i].buffer;
    Buffer *buffer = NEW(driver->lowering.arena, Buffer);
    *buffer = (Buffer){.name = name, .type = type, .base = base, .elements = elements, .comment = ""};
    enter(driver, NULL, ROLE_SOURCE, buffer);
    return buffer;
}

bool driver_stores(const Driver *driver, const Value *value) {
    return driver->function->placements[value->id].storage != STORAGE_NONE;
}

void driver_close_scope(Driver *driver, Scope *scope, LoopBody *into, const LoopBody *body) {
    LoopBuilder builder;
    loop_builder_init(&builder, driver->lowering.arena, into);
    for (int i = 0; i < scope->count; i++) loop_buffer(&builder, scope->items[i].buffer);
    for (int i = 0; i < body->count; i++) list_add(driver->lowering.arena, into, body->items[i]);
    scope->count = 0;
}

static bool is_reduction(const Value *value) {
    return (value->op->flags & OP_REDUCES_BATCH) != 0;
}

const Buffer *lowering_buffer(Lowering *lowering, const Value *value) {
    Driver *driver = driver_of(lowering);
    const Value *root = value_root((Value *)value);
    const Group *making = driver->function->schedule->group[root->id];
    bool accumulates = is_reduction(root) && making == driver->group;
    bool written =
        making == driver->group || driver->function->schedule->combining[root->id] == driver->group;
    for (int i = 0; i < driver->group->members.count; i++) {
        const Value *member = driver->group->members.items[i];
        // An effect changes the tensors among its inputs.
        if ((member->op->flags & OP_EFFECT) && root->op == &op_tensor) written = true;
    }
    return driver_buffer(driver, value_elements(value), accumulates ? ROLE_PARTIAL : ROLE_VALUE, written);
}

const Buffer *lowering_also(Lowering *lowering, const Value *value) {
    Driver *driver = driver_of(lowering);
    const Function *function = driver->function->schedule->function;
    for (int i = value->id + 1; i < function->values.count; i++) {
        const Value *also = function->values.items[i];
        if (also->op == &op_also && also->inputs[0] == value)
            return driver_buffer(driver, also, ROLE_VALUE, true);
    }
    return NULL;
}

const Buffer *lowering_output(Lowering *lowering, const Value *value) {
    Driver *driver = driver_of(lowering);
    const Group *group = driver->group;
    require(group->members.items[0] == value);
    return lowering_buffer(lowering, group->members.items[group->members.count - 1]);
}

LoopExpr *lowering_element(Lowering *lowering) {
    return driver_of(lowering)->element;
}

LoopExpr *lowering_channel(Lowering *lowering) {
    return driver_of(lowering)->channel;
}

void lowering_pixel(Lowering *lowering, LoopExpr *pixel[2]) {
    memcpy(pixel, driver_of(lowering)->pixel, sizeof driver_of(lowering)->pixel);
}

LoopExpr *lowering_operand(Lowering *lowering, const Value *value) {
    Driver *driver = driver_of(lowering);
    const Shape *shape = group_shape(driver->group);
    return nest_operand(driver, value, shape_elements(shape), shape_channels(shape));
}

LoopExpr *lowering_number(Lowering *lowering, const Value *value, const char *attribute) {
    const Attr *attr = value_attr(value, attribute);
    require(attr->kind == ATTR_NUMBER);
    if (attr->slot < 0) return loop_number(&lowering->build, attr->number);
    Driver *driver = driver_of(lowering);
    const Buffer *slots =
        driver_source(driver, "numbers", BASE_SLOTS, ELEMENT_REAL, driver->plan->module->slots.count);
    return loop_load(&lowering->build, slots, loop_integer(&lowering->build, attr->slot));
}

LoopExpr *lowering_images(Lowering *lowering) {
    return loop_variable(&lowering->build, "images", LOOP_INDEX);
}

int64_t lowering_full_chunk(const Lowering *lowering) {
    return ((const Driver *)lowering->driver)->plan->chunk_images;
}

LoopExpr *lowering_batch_images(Lowering *lowering) {
    return loop_variable(&lowering->build, "batch", LOOP_INDEX);
}

LoopExpr *lowering_batch(Lowering *lowering) {
    return loop_unary(&lowering->build, LOOP_TO_REAL, lowering_batch_images(lowering));
}

LoopExpr *lowering_sample(Lowering *lowering) {
    Driver *driver = driver_of(lowering);
    require(driver->image);
    const Buffer *index =
        driver_source(driver, "index", BASE_INDEX, ELEMENT_INT, driver->plan->module->batch);
    return loop_load_index(&lowering->build, index, driver->image);
}

const Buffer *lowering_images_source(Lowering *lowering) {
    return driver_source(driver_of(lowering), "data_images", BASE_IMAGES, ELEMENT_BYTE, 0);
}

const Buffer *lowering_labels_source(Lowering *lowering) {
    return driver_source(driver_of(lowering), "data_labels", BASE_LABELS, ELEMENT_INT, 0);
}

LoopExpr *lowering_chunks(Lowering *lowering) {
    LoopBuilder *build = &lowering->build;
    int64_t images = driver_of(lowering)->plan->chunk_images;
    LoopExpr *rounded =
        loop_binary(build, LOOP_ADD, lowering_batch_images(lowering), loop_integer(build, images - 1));
    return loop_binary(build, LOOP_DIVIDE, rounded, loop_integer(build, images));
}

LoopExpr *lowering_chunk_count(Lowering *lowering, LoopExpr *chunk) {
    LoopBuilder *build = &lowering->build;
    LoopExpr *size = loop_integer(build, driver_of(lowering)->plan->chunk_images);
    LoopExpr *left = loop_binary(build, LOOP_SUBTRACT, lowering_batch_images(lowering),
                                 loop_binary(build, LOOP_MULTIPLY, chunk, size));
    return loop_binary(build, LOOP_MINIMUM, left, size);
}

LoopExpr *lowering_chunk_images(Lowering *lowering, LoopExpr *chunk) {
    return loop_unary(&lowering->build, LOOP_TO_REAL, lowering_chunk_count(lowering, chunk));
}

const Buffer *lowering_all_images(Lowering *lowering, const Value *value) {
    Driver *driver = driver_of(lowering);
    bool written = driver->function->schedule->group[value_root((Value *)value)->id] == driver->group;
    return driver_buffer(driver, value_elements(value), ROLE_ALL_IMAGES, written);
}

LoopExpr *lowering_chunk_start(Lowering *lowering, const Value *value, LoopExpr *chunk, LoopExpr *index) {
    const Plan *plan = driver_of(lowering)->plan;
    int64_t bytes = value->type == TYPE_BYTE ? 1 : plan->real_bytes;
    return loop_scaled(&lowering->build, chunk, plan->chunk_bytes / bytes, index);
}

LoopExpr *lowering_partial(Lowering *lowering, const Value *value, LoopExpr *chunk, LoopExpr *index) {
    Driver *driver = driver_of(lowering);
    const Buffer *partials = driver_buffer(driver, value, ROLE_ALL_PARTIALS, false);
    return loop_load(&lowering->build, partials, lowering_chunk_start(lowering, value, chunk, index));
}

int64_t driver_take_scratch(Driver *driver, int64_t bytes) {
    FunctionPlan *function = driver->function;
    int time = driver->group->time;
    int64_t offset = function->own_scratch[time] + driver->scratch_used;
    driver->scratch_used += bytes ? plan_padded(bytes) : 0;
    if (driver->scratch_used > function->own_scratch_bytes[time])
        function->own_scratch_bytes[time] = driver->scratch_used;
    return offset;
}

const Buffer *lowering_scratch(Lowering *lowering, const char *hint, int64_t elements) {
    Driver *driver = driver_of(lowering);
    Buffer *buffer = NEW(lowering->arena, Buffer);
    buffer->name = arena_printf(lowering->arena, "%s_%d", hint, driver->piece.count);
    buffer->base = BASE_SCRATCH;
    buffer->offset = driver_take_scratch(driver, elements * driver->plan->real_bytes);
    buffer->elements = elements;
    buffer->written = true;
    buffer->comment = "scratch";
    enter(driver, NULL, ROLE_SCRATCH, buffer);
    return buffer;
}

Kernel *lowering_kernel(Lowering *lowering, const Value *value, const char *family) {
    Driver *driver = driver_of(lowering);
    Kernel *kernel = NEW(lowering->arena, Kernel);
    kernel->family = family;
    kernel->comment = value->path;
    kernel->may_round = value->function->module->bf16;
    if (driver->consumes)
        lower_consumer(driver, driver->group, kernel);
    else
        kernel->epilogue = lower_epilogue(driver, driver->group, kernel);
    driver->kernel = kernel;
    return kernel;
}

Kernel *lowering_contraction(Lowering *lowering, const Value *value) {
    const Kernel *chosen = value->kernel;
    if (!chosen) fault("the kernel of %s was not chosen", value->op->name);
    Kernel *kernel = lowering_kernel(lowering, value, chosen->family);
    kernel->may_pack = chosen->may_pack;
    kernel->may_transform = chosen->may_transform;
    kernel->may_round = chosen->may_round;
    kernel->of_chunk = chosen->of_chunk;
    kernel->variant = chosen->variant;
    kernel->because = chosen->because;
    for (int i = 0; i < chosen->constants.count; i++)
        list_add(lowering->arena, &kernel->constants, chosen->constants.items[i]);
    return kernel;
}

void kernel_constant(Lowering *lowering, Kernel *kernel, const char *name, int64_t number) {
    KernelConstant constant = {name, number};
    list_add(lowering->arena, &kernel->constants, constant);
}

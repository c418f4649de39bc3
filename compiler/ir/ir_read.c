#include "ir/attribute.h"
#include "ir/ir_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct Reader {
    Arena *arena;
    const char *at;
    int line;
    const char *error;
    Module *module;
    Function *function;
} Reader;

static bool stop(Reader *reader, const char *what) {
    if (!reader->error) reader->error = arena_printf(reader->arena, "line %d: %s", reader->line, what);
    return false;
}

static void skip_space(Reader *reader) {
    while (*reader->at == ' ' || *reader->at == '\t') reader->at++;
}

static bool accept(Reader *reader, const char *text) {
    skip_space(reader);
    size_t length = strlen(text);
    bool word = isalpha((unsigned char)text[0]) != 0;
    if (strncmp(reader->at, text, length) != 0) return false;
    if (word && (isalnum((unsigned char)reader->at[length]) || reader->at[length] == '_')) return false;
    reader->at += length;
    return true;
}

static bool expect(Reader *reader, const char *text) {
    return accept(reader, text) || stop(reader, arena_printf(reader->arena, "expected '%s'", text));
}

// The x of 3x3: no word, a number follows it at once.
static bool accept_times(Reader *reader) {
    if (*reader->at != 'x') return false;
    reader->at++;
    return true;
}

static int64_t read_integer(Reader *reader) {
    char *end;
    skip_space(reader);
    int64_t integer = strtoll(reader->at, &end, 10);
    if (end == reader->at) stop(reader, "expected a number");
    reader->at = end;
    return integer;
}

static double read_real(Reader *reader) {
    char *end;
    skip_space(reader);
    double number = strtod(reader->at, &end);
    if (end == reader->at) stop(reader, "expected a number");
    reader->at = end;
    return number;
}

static const char *read_word(Reader *reader) {
    skip_space(reader);
    const char *start = reader->at;
    while (isalnum((unsigned char)*reader->at) || *reader->at == '_') reader->at++;
    if (reader->at == start) stop(reader, "expected a word");
    return arena_copy(reader->arena, start, (size_t)(reader->at - start));
}

static const char *read_quoted(Reader *reader) {
    Text text = {0};
    expect(reader, "\"");
    while (*reader->at && *reader->at != '"' && *reader->at != '\n') {
        if (*reader->at == '\\' && reader->at[1]) reader->at++;
        text_add_bytes(&text, reader->at++, 1);
    }
    const char *copy = arena_copy(reader->arena, text_string(&text), text.length);
    text_free(&text);
    expect(reader, "\"");
    return copy;
}

// An attribute's text: a quoted word, a list in brackets, or what stands before the next separator.
static const char *read_attribute_text(Reader *reader) {
    skip_space(reader);
    if (*reader->at == '"') return read_quoted(reader);
    const char *start = reader->at;
    size_t length = strcspn(start, *start == '[' ? "]\n" : ",}\n");
    if (start[length] == ']') length++;
    reader->at += length;
    while (length > 0 && start[length - 1] == ' ') length--;
    return arena_copy(reader->arena, start, length);
}

// Numbers are written for the reader's eyes; one that is not the place would mislead them.
static bool read_place(Reader *reader, const char *what, int place) {
    int64_t number = read_integer(reader);
    return number == place ||
           stop(reader, arena_printf(reader->arena, "%s %lld stands at %d", what, (long long)number, place));
}

static bool check_slot(Reader *reader, const Attr *attr) {
    return attr->slot < reader->module->slots.count ||
           stop(reader, arena_printf(reader->arena, "there is no slot %d", attr->slot));
}

static bool read_attributes(Reader *reader, Value *value) {
    if (!accept(reader, "{")) return true;
    do {
        const char *name = read_word(reader);
        int row = op_attribute(value->op, name);
        if (row < 0)
            return stop(reader,
                        arena_printf(reader->arena, "op %s has no attribute %s", value->op->name, name));
        if (!expect(reader, "=")) return false;
        const char *text = read_attribute_text(reader);
        if (!attribute_read(reader->arena, &value->op->attributes[row], text, &value->attrs[row]))
            return stop(reader, arena_printf(reader->arena, "'%s' is no value of %s", text, name));
        if (!check_slot(reader, &value->attrs[row])) return false;
    } while (accept(reader, ","));
    return expect(reader, "}");
}

static bool read_inputs(Reader *reader, Value **inputs, int *count) {
    *count = 0;
    if (!expect(reader, "(")) return false;
    while (!accept(reader, ")")) {
        if (*count > 0 && !expect(reader, ",")) return false;
        if (!expect(reader, "%")) return false;
        int64_t id = read_integer(reader);
        if (*count == MAX_INPUTS || id < 0 || id >= reader->function->values.count)
            return stop(reader, "an input that is not there");
        inputs[(*count)++] = reader->function->values.items[id];
    }
    return true;
}

// A layer's tensors are inputs of its value too, so the largest number is not checked.
static bool check_inputs(Reader *reader, const Op *op, int count) {
    return count >= op->minimum_inputs ||
           stop(reader, arena_printf(reader->arena, "%s takes at least %d input%s", op->name,
                                     op->minimum_inputs, op->minimum_inputs == 1 ? "" : "s"));
}

static bool check_given(Reader *reader, const Value *value) {
    for (int i = 0; i < value->op->attribute_count; i++)
        if (!value->op->attributes[i].initial && value->attrs[i].kind == ATTR_UNSET)
            return stop(reader, arena_printf(reader->arena, "%s needs %s", value->op->name,
                                             value->op->attributes[i].name));
    return true;
}

static bool check_tensor(Reader *reader, const Value *value) {
    if (value->op != &op_tensor) return true;
    int64_t index = value_integer(value, "index");
    return (index >= 0 && index < reader->module->tensors.count) ||
           stop(reader, arena_printf(reader->arena, "there is no tensor %lld", (long long)index));
}

// The shape in the text is for the reader's eyes: the op's rule gives it.
static bool read_value(Reader *reader) {
    Value *inputs[MAX_INPUTS];
    int count;
    if (!read_place(reader, "value", reader->function->values.count) || !expect(reader, "=")) return false;
    const char *name = read_word(reader);
    const Op *op = op_find(name);
    if (!op) return stop(reader, arena_printf(reader->arena, "there is no op %s", name));
    if (!read_inputs(reader, inputs, &count) || !check_inputs(reader, op, count)) return false;
    Value *value = value_new(reader->function, op, count, inputs);
    if (!read_attributes(reader, value) || !expect(reader, ":")) return false;
    reader->at += strcspn(reader->at, "\"\n");
    value->path = read_quoted(reader);
    value->frozen = accept(reader, "frozen");
    if (reader->error || !check_given(reader, value) || !check_tensor(reader, value)) return false;
    if (op->shape && !op->shape(value)) return stop(reader, reader->module->complaint->message);
    value->id = reader->function->values.count;
    list_add(reader->arena, &reader->function->values, value);
    return true;
}

static bool read_kind(Reader *reader, Tensor *tensor) {
    static const char *const kinds[] = {"weight", "statistic", "optimizer"};
    const char *kind = read_word(reader);
    for (int i = 0; i < 3; i++)
        if (strcmp(kind, kinds[i]) == 0) {
            tensor->kind = (TensorKind)i;
            return true;
        }
    return stop(reader, arena_printf(reader->arena, "there is no kind of tensor %s", kind));
}

// "4x2x3x3 axes 2,3,1,0", "64x784 axes 1,0 panels 32"
static bool read_dimensions(Reader *reader, Tensor *tensor) {
    int rank = 0;
    bool seen[MAX_RANK] = {false};
    do {
        if (rank == MAX_RANK) return stop(reader, "too many dimensions");
        tensor->shape.dim[rank++] = read_integer(reader);
    } while (accept_times(reader));
    tensor->shape.rank = rank;
    if (!expect(reader, "axes")) return false;
    for (int i = 0; i < rank; i++) {
        if (i > 0 && !expect(reader, ",")) return false;
        int64_t axis = read_integer(reader);
        if (axis < 0 || axis >= rank || seen[axis]) return stop(reader, "the axes are no permutation");
        seen[axis] = true;
        tensor->axes[i] = (int)axis;
    }
    if (accept(reader, "panels")) tensor->panel = read_integer(reader);
    return true;
}

static bool read_tensor(Reader *reader) {
    Tensor tensor = {.l2 = {.kind = ATTR_UNSET, .slot = -1}};
    if (!read_place(reader, "tensor", reader->module->tensors.count)) return false;
    tensor.name = read_quoted(reader);
    if (!read_kind(reader, &tensor) || !read_dimensions(reader, &tensor) || !expect(reader, "init"))
        return false;
    tensor.init.name = read_word(reader);
    tensor.init.value = read_real(reader);
    if (!expect(reader, "fan")) return false;
    tensor.fan_in = read_integer(reader);
    if (!expect(reader, ",")) return false;
    tensor.fan_out = read_integer(reader);
    if (accept(reader, "l2")) {
        tensor.l2 = attr_number(0);
        if (accept(reader, "@"))
            tensor.l2.slot = (int)read_integer(reader);
        else
            tensor.l2.number = read_real(reader);
        if (!check_slot(reader, &tensor.l2)) return false;
    }
    tensor.frozen = accept(reader, "frozen");
    if (reader->error) return false;
    if (module_tensor_index(reader->module, tensor.name) >= 0)
        return stop(reader, "a tensor of this name is there already");
    module_add_tensor(reader->module, tensor);
    return true;
}

static bool read_module(Reader *reader) {
    if (!expect(reader, "module")) return false;
    const char *name = read_quoted(reader);
    if (!expect(reader, "batch")) return false;
    int64_t batch = read_integer(reader);
    if (!expect(reader, "classes")) return false;
    reader->module = module_new(reader->arena, name, batch, read_integer(reader));
    reader->module->bf16 = accept(reader, "bf16");
    return reader->error == NULL;
}

static bool read_line(Reader *reader) {
    if (!reader->module) return read_module(reader);
    if (accept(reader, "slot")) {
        if (!read_place(reader, "slot", reader->module->slots.count)) return false;
        const char *path = read_quoted(reader);
        module_slot(reader->module, path, read_real(reader), -1e300, 1e300);
        return reader->error == NULL;
    }
    if (accept(reader, "tensor")) return read_tensor(reader);
    if (accept(reader, "function")) {
        reader->function = function_new(reader->module, read_word(reader));
        return reader->error == NULL;
    }
    if (accept(reader, "%"))
        return reader->function ? read_value(reader) : stop(reader, "a value outside a function");
    return stop(reader, "expected slot, tensor, function or a value");
}

Module *ir_read(Arena *arena, const char *text, const char **error) {
    Reader reader = {.arena = arena, .at = text, .line = 1};
    while (*reader.at && !reader.error) {
        skip_space(&reader);
        if (*reader.at != '\n' && *reader.at != '#' && *reader.at) read_line(&reader);
        skip_space(&reader);
        if (!reader.error && *reader.at == '#') reader.at += strcspn(reader.at, "\n");
        if (!reader.error && *reader.at && *reader.at != '\n')
            stop(&reader, "unexpected text at the end of the line");
        if (*reader.at == '\n') reader.at++;
        reader.line++;
    }
    if (!reader.error && !reader.module) stop(&reader, "no module");
    *error = reader.error;
    return reader.error ? NULL : reader.module;
}

#include "resolve/resolved.h"
#include "resolve/vocabulary.h"
#include <string.h>

static const char *const layer_properties[] = {"init", "l2", "frozen", "weights", NULL};

static bool is_called(const Writer *writer, const char *name) {
    for (int i = 0; i < writer->called.count; i++) {
        if (!strcmp(writer->called.items[i], name)) return true;
    }
    return false;
}

static const char *separator(int *count) {
    return (*count)++ ? ", " : "";
}

// The row that the place-th argument given by place goes to.
static const Attribute *row_at(const Op *op, int place) {
    for (int i = 0; i < op->attribute_count; i++) {
        if (op->attributes[i].flags & ATTRIBUTE_INTERNAL) continue;
        if (place-- == 0) return &op->attributes[i];
    }
    return NULL;
}

static const Expr *argument_for(const Op *op, const Arguments *arguments, const char *name) {
    int place = 0;
    for (int i = 0; i < arguments->count; i++) {
        const Argument *argument = &arguments->items[i];
        const Attribute *row = argument->name ? NULL : row_at(op, place++);
        const char *given = row ? row->name : argument->name;
        if (given && !strcmp(given, name)) return argument->value;
    }
    return NULL;
}

static void write_layer_properties(Writer *writer, const Arguments *arguments, int *count) {
    for (int i = 0; i < arguments->count; i++) {
        const Argument *argument = &arguments->items[i];
        for (int j = 0; argument->name && layer_properties[j]; j++) {
            if (strcmp(argument->name, layer_properties[j])) continue;
            text_printf(writer->text, "%s%s = ", separator(count), argument->name);
            write_expression(writer, argument->value, argument->name);
        }
    }
}

// A layer with all its attributes by name: those given, and the defaults of the others.
static void write_layer(Writer *writer, const Op *op, const Arguments *arguments) {
    Text *text = writer->text;
    size_t start = text->length;
    int count = 0;
    text_printf(text, "%s(", op->name);
    for (int i = 0; i < op->attribute_count; i++) {
        const Attribute *row = &op->attributes[i];
        if (row->flags & ATTRIBUTE_INTERNAL) continue;
        const Expr *given = argument_for(op, arguments, row->name);
        if (given) {
            text_printf(text, "%s%s = ", separator(&count), row->name);
            write_expression(writer, given, row->name);
        } else if (row->initial && *row->initial) {
            text_printf(text, "%s%s = %s", separator(&count), row->name, row->initial);
        }
    }
    if (op->flags & OP_LAYER) write_layer_properties(writer, arguments, &count);
    if (count) {
        text_add(text, ")");
    } else {
        text->length = start + strlen(op->name);
        text->data[text->length] = 0;
    }
}

static const Item *block_of(const Writer *writer, const char *name) {
    const Declaration *declaration = study_find(writer->study, writer->file, name);
    return declaration && declaration->kind == DECLARATION_BLOCK ? declaration->item : NULL;
}

// A call of a block, a formal or a function, a join: its arguments as they are, the layers among them with
// theirs.
static void write_other_call(Writer *writer, const Expr *call) {
    const Item *block = block_of(writer, call->name);
    int count = 0;
    text_printf(writer->text, "%s(", call->name);
    for (int i = 0; i < call->arguments.count; i++) {
        const Argument *argument = &call->arguments.items[i];
        const char *destination = argument->name;
        if (!destination && block && i < block->formals.count) destination = block->formals.items[i].name;
        text_add(writer->text, separator(&count));
        if (argument->name) text_printf(writer->text, "%s = ", argument->name);
        write_expression(writer, argument->value, destination);
    }
    text_add(writer->text, ")");
}

// destination: the formal, param or attribute that the value goes to; NULL for an element of a chain.
void write_expression(Writer *writer, const Expr *expr, const char *destination) {
    bool named = expr->kind == EXPR_NAME || expr->kind == EXPR_CALL;
    const Op *op = named ? named_op(expr->name) : NULL;
    bool taken = destination && is_called(writer, destination);
    bool open = op && !(op->flags & OP_JOIN) && !taken;
    // A value that is a layer's bare name may still be called with arguments, so its own must be optional.
    for (int i = 0; open && destination && expr->kind == EXPR_NAME && i < op->attribute_count; i++) {
        open = op->attributes[i].initial != NULL || op->attributes[i].flags & ATTRIBUTE_INTERNAL;
    }
    if (open) {
        write_layer(writer, op, &expr->arguments);
    } else if (expr->kind == EXPR_CALL) {
        write_other_call(writer, expr);
    } else {
        expr_print(expr, writer->text);
    }
}

// --- bodies ---
static void write_items(Writer *writer, const Items *items);

static void write_chain(Writer *writer, const Item *chain) {
    for (int i = 0; i < chain->elements.count; i++) {
        const Element *element = &chain->elements.items[i];
        if (i) text_add(writer->text, " -> ");
        if (element->label) text_printf(writer->text, "%s = ", element->label);
        write_expression(writer, element->call, NULL);
    }
    text_add(writer->text, "\n");
}

static void write_if(Writer *writer, const Item *item) {
    text_add(writer->text, "if ");
    expr_print(item->value, writer->text);
    text_add(writer->text, " {\n");
    write_items(writer, &item->items);
    text_add(writer->text, "}");
    if (item->has_otherwise) {
        text_add(writer->text, " else {\n");
        write_items(writer, &item->otherwise);
        text_add(writer->text, "}");
    }
    text_add(writer->text, "\n");
}

static void write_repeat(Writer *writer, const Item *item) {
    text_add(writer->text, "repeat ");
    if (item->name) text_printf(writer->text, "%s in ", item->name);
    expr_print(item->value, writer->text);
    text_add(writer->text, " {\n");
    write_items(writer, &item->items);
    text_add(writer->text, "}\n");
}

static void write_items(Writer *writer, const Items *items) {
    for (int i = 0; i < items->count; i++) {
        const Item *item = items->items[i];
        switch (item->kind) {
        case ITEM_CHAIN: write_chain(writer, item); break;
        case ITEM_IF: write_if(writer, item); break;
        case ITEM_REPEAT: write_repeat(writer, item); break;
        case ITEM_SECTION:
            text_printf(writer->text, "%s %s {\n", item->keyword, item->name);
            write_items(writer, &item->items);
            text_add(writer->text, "}\n");
            break;
        default: break; // nothing else passes the checks of a body
        }
    }
}

void write_block(Writer *writer, const Declaration *block) {
    const Item *item = block->item;
    int count = 0;
    writer->file = block->file;
    text_printf(writer->text, "block %s%s", block->name, item->formals.count ? "(" : "");
    for (int i = 0; i < item->formals.count; i++) {
        const Formal *formal = &item->formals.items[i];
        text_printf(writer->text, "%s%s", separator(&count), formal->name);
        if (!formal->initial) continue;
        text_add(writer->text, " = ");
        write_expression(writer, formal->initial, formal->name);
    }
    text_printf(writer->text, "%s {\n", item->formals.count ? ")" : "");
    write_items(writer, &item->items);
    text_add(writer->text, "}\n\n");
}

void write_model(Writer *writer, const Declaration *model) {
    const Item *item = model->item;
    bool init = false;
    int count = 0;
    writer->file = model->file;
    text_printf(writer->text, "model %s(", model->name);
    for (int i = 0; i < item->arguments.count; i++) {
        const Argument *argument = &item->arguments.items[i];
        text_add(writer->text, separator(&count));
        if (argument->name) text_printf(writer->text, "%s = ", argument->name);
        init |= argument->name && !strcmp(argument->name, "init");
        write_expression(writer, argument->value, argument->name);
    }
    if (!init) text_printf(writer->text, "%sinit = glorot_uniform", separator(&count));
    text_add(writer->text, ")");
    if (item->on) text_printf(writer->text, " on %s", item->on);
    text_add(writer->text, " {\n");
    write_items(writer, &item->items);
    text_add(writer->text, "}\n\n");
}

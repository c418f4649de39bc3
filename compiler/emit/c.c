// The C target: pieces become functions over a Frame (runtime/program.h), steps run them through parallel().
#include "emit/c.h"

#include <string.h>

// A file beside the main one is full with about this many bytes. Starting the C compiler takes about as long
// as compiling 2 KB of nests, or 6 KB of pieces whose nests are elsewhere.
enum { NEST_FILE_BYTES = 16384, PIECE_FILE_BYTES = 49152 };

static const char includes[] = "#include \"program.h\"\n"
                               "#include \"kernel.h\"\n\n";

static void c_begin(Emit *emit) {
    text_add(emit->out, includes);
}

void c_open_file(Text *file) {
    if (file->length == 0) text_add(file, includes);
}

static void close_file(Emit *emit, Text *file) {
    if (file->length == 0) return;
    const char *text = arena_copy(emit->arena, file->data, file->length);
    list_add(emit->arena, &emit->files, text);
    text_free(file);
}

void c_close_nest_file(Emit *emit) {
    if (emit->nest_file.length >= NEST_FILE_BYTES) close_file(emit, &emit->nest_file);
}

void c_declare(Text *file, const char *prototype) {
    if (!strstr(text_string(file), prototype)) text_add(file, prototype);
}

static bool has_base(const LoopBody *body, BaseKind base) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        if (statement->kind == LOOP_BUFFER && statement->buffer->base == base) return true;
        if (has_base(&statement->body, base)) return true;
    }
    return false;
}

// The variable `piece`, from the number that the runtime gives.
static void print_piece_number(const CPrinter *printer, const LoopFunction *function) {
    if (!function->order) {
        c_line(printer, "const int64_t piece = number;");
        return;
    }
    const char *order = "";
    for (int64_t i = 0; i < function->pieces; i++)
        order = arena_printf(printer->emit->arena, "%s%s%d", order, i ? ", " : "", function->order[i]);
    c_line(printer, "static const int order[] = {%s};", order);
    c_line(printer, "const int64_t piece = order[number];");
}

// The variables that a piece's body may read (loop.h).
static void print_prologue(const CPrinter *printer, const LoopFunction *function, const LoopBody *body) {
    const EmitLayout *layout = &printer->emit->layout;
    bool images = body_reads(body, "images"), uses_memory = has_base(body, BASE_CHUNK);
    bool chunk = body_reads(body, "chunk") || has_base(body, BASE_INDEX);
    if (body_reads(body, "batch")) c_line(printer, "const int64_t batch = frame->n;");
    if (!function->per_chunk) {
        if (body_reads(body, "piece")) print_piece_number(printer, function);
        return;
    }
    if (images || chunk || uses_memory) c_line(printer, "const int64_t chunk = number;");
    if (images)
        c_line(printer, "const int64_t images = index_minimum(frame->n - chunk * %lld, %lld);",
               (long long)layout->chunk_images, (long long)layout->chunk_images);
    if (uses_memory)
        c_line(printer, "char *const memory = frame->arena + %lld + chunk * %lld;",
               (long long)layout->fixed_bytes, (long long)layout->chunk_bytes);
}

static void print_piece(Emit *emit, const LoopFunction *function) {
    LoopBody body = live_body(emit->arena, &function->body);
    c_kernels(emit, &body);
    Text text = {0}, *out = emit->out;
    CPrinter printer = {.emit = emit, .depth = 1, .nests_apart = emit->apart};
    emit->out = &text;
    emit->in_place = false;
    // Parameters are the runtime's to choose; a piece may need none of them.
    c_line(&printer, "(void)frame, (void)number, (void)scratch;");
    print_prologue(&printer, function, &body);
    c_body(&printer, &body);
    emit->out = out;
    if (function->comment) text_printf(out, "// %s\n", function->comment);
    // What only calls is as fast unoptimized, and compiles in a third of the time.
    const char *prefix = !emit->apart ? "static " : emit->in_place ? "" : "CALLS_ONLY ";
    text_printf(out, "%svoid %s(const Frame *frame, int number, char *scratch) {\n%s}\n\n", prefix,
                function->name, text_string(&text));
    text_free(&text);
}

static void c_piece(Emit *emit, const LoopFunction *function) {
    if (emit->apart) {
        text_printf(emit->out, "Piece %s;\n", function->name);
        list_add(emit->arena, &emit->pieces, function);
    } else
        print_piece(emit, function);
}

// What the runtime throws out of the caches after a phase.
static void print_released(const CPrinter *printer, const LoopFunction *function, int phase) {
    if (function->released.count == 0) return;
    const EmitLayout *layout = &printer->emit->layout;
    c_line(printer, "static const Range read_%d[] = {", phase);
    for (int i = 0; i < function->released.count; i++) {
        const LoopRange *range = &function->released.items[i];
        const bool of_chunk = range->base == BASE_CHUNK;
        c_line(printer, "    {.offset = %lld, .bytes = %lld, .step = %lld},",
               (long long)(range->offset + (of_chunk ? layout->fixed_bytes : 0)), (long long)range->bytes,
               (long long)(of_chunk ? layout->chunk_bytes : 0));
    }
    c_line(printer, "};");
    c_line(printer, "if (frame->apart) release_lines(frame, read_%d, %d, chunks);", phase,
           function->released.count);
}

static void c_step(Emit *emit, const char *name, const char *comment, int count,
                   LoopFunction *const *pieces) {
    CPrinter printer = {.emit = emit, .depth = 1};
    bool chunks = false, backwards = false;
    for (int i = 0; i < count; i++)
        if (pieces[i]->per_chunk) chunks = true;
    if (comment) text_printf(emit->out, "// %s\n", comment);
    text_printf(emit->out, "static void %s(const Frame *frame) {\n", name);
    long long images = (long long)emit->layout.chunk_images;
    if (chunks) c_line(&printer, "const int chunks = (frame->n + %lld) / %lld;", images - 1, images);
    if (count == 0) c_line(&printer, "(void)frame;");
    for (int i = 0; i < count; i++) {
        if (pieces[i]->per_chunk) {
            c_line(&printer, "parallel%s(frame, %s, chunks);", backwards ? "_backwards" : "",
                   pieces[i]->name);
            backwards = !backwards;
        } else
            c_line(&printer, "parallel(frame, %s, %lld);", pieces[i]->name, (long long)pieces[i]->pieces);
        print_released(&printer, pieces[i], i);
    }
    text_add(emit->out, "}\n\n");
}

// Twice: first to see which nests there are.
static void c_end(Emit *emit) {
    Text *main_file = emit->out;
    emit->out = &emit->piece_file;
    for (int i = 0; i < emit->pieces.count; i++) print_piece(emit, emit->pieces.items[i]);
    text_free(&emit->piece_file);
    c_print_nests(emit);
    for (int i = 0; i < emit->pieces.count; i++) {
        c_open_file(&emit->piece_file);
        print_piece(emit, emit->pieces.items[i]);
        if (emit->piece_file.length >= PIECE_FILE_BYTES) close_file(emit, &emit->piece_file);
    }
    close_file(emit, &emit->piece_file);
    close_file(emit, &emit->nest_file);
    emit->out = main_file;
}

const Target target_c = {"c", c_begin, c_piece, c_step, c_end};

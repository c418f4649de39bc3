#include "strokes.h"
#include "data_check.h"
#include "data_file.h"
#include "random.h"
#include <math.h>

// The numbers must be the same on every machine: no fused multiply-add. GCC makes none under -std=c11.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum {
    SET_SEED = 1, // of the set itself, not of a run: everybody has the same images
    MAX_POINTS = 13,
    PIECES = 5 // straight lines that a curve is drawn with
};

// One pen stroke: a chain of quadratic curves, in a box of 20x20 with y downward. Even points are on the
// line, the odd ones between them are its control points.
typedef struct Glyph {
    int points;
    float at[MAX_POINTS][2];
} Glyph;

static const Glyph glyphs[STROKES_CLASSES] = {
    {9, {{10, 1}, {17, 1}, {17, 10}, {17, 19}, {10, 19}, {3, 19}, {3, 10}, {3, 1}, {10, 1}}},
    {5, {{6, 5}, {9, 4}, {11, 1}, {11, 10}, {11, 19}}},
    {9, {{4, 6}, {4, 1}, {10, 1}, {17, 1}, {16, 7}, {15, 11}, {4, 19}, {10, 19}, {17, 19}}},
    {9, {{4, 3}, {9, 0}, {13, 2}, {18, 8}, {9, 9}, {18, 10}, {16, 15}, {12, 21}, {4, 17}}},
    {7, {{13, 19}, {13, 10}, {13, 1}, {8, 7}, {3, 13}, {10, 13}, {17, 13}}},
    {9, {{16, 1}, {10, 1}, {5, 1}, {5, 5}, {4, 9}, {16, 6}, {16, 13}, {15, 20}, {4, 18}}},
    {9, {{14, 1}, {4, 5}, {4, 13}, {4, 19}, {10, 19}, {16, 19}, {16, 13}, {14, 7}, {4, 13}}},
    {5, {{3, 1}, {10, 1}, {17, 1}, {11, 9}, {8, 19}}},
    {13,
     {{10, 9},
      {4, 8},
      {5, 4},
      {10, -1},
      {15, 4},
      {16, 8},
      {10, 9},
      {3, 11},
      {4, 15},
      {10, 22},
      {16, 15},
      {17, 11},
      {10, 9}}},
    {9, {{16, 7}, {15, 11}, {10, 11}, {4, 11}, {4, 6}, {5, 1}, {10, 1}, {16, 1}, {16, 7}}},
};

// The nine's tail.
static const Glyph tail = {3, {{16, 7}, {16, 14}, {12, 19}}};

// How one image is drawn: pixel = matrix * (point + jitter - centre) + shift.
typedef struct Hand {
    float matrix[2][2], shift[2];
    float jitter[MAX_POINTS][2];
    float radius; // of the pen, in pixels
} Hand;

typedef struct Canvas {
    float ink[STROKES_SIZE][STROKES_SIZE]; // 0..1
} Canvas;

static float between(RandomStream *stream, float low, float high) {
    return low + (high - low) * (float)random_uniform(stream);
}

static Hand random_hand(RandomStream *stream) {
    Hand hand;
    float width = between(stream, 0.62f, 1.1f), height = between(stream, 0.72f, 1.1f);
    // A turn by `angle` radians to second order: exact enough here, and without a library's sine.
    float angle = between(stream, -0.35f, 0.35f), slant = between(stream, -0.3f, 0.3f);
    float cosine = 1 - angle * angle / 2, sine = angle;
    hand.matrix[0][0] = cosine * width;
    hand.matrix[0][1] = (cosine * slant - sine) * height;
    hand.matrix[1][0] = sine * width;
    hand.matrix[1][1] = (sine * slant + cosine) * height;
    for (int axis = 0; axis < 2; axis++) hand.shift[axis] = STROKES_SIZE / 2.0f + between(stream, -3, 3);
    for (int i = 0; i < MAX_POINTS; i++) {
        for (int axis = 0; axis < 2; axis++) hand.jitter[i][axis] = between(stream, -1.3f, 1.3f);
    }
    hand.radius = between(stream, 0.7f, 1.7f);
    return hand;
}

// Inks the pixels within the pen's radius of the line from a to b, fading over one pixel.
static void draw_line(Canvas *canvas, const float a[2], const float b[2], float radius) {
    float reach = radius + 0.5f, dx = b[0] - a[0], dy = b[1] - a[1];
    float length = dx * dx + dy * dy;
    int left = (int)fmaxf(0, ceilf(fminf(a[0], b[0]) - reach));
    int right = (int)fminf(STROKES_SIZE - 1, floorf(fmaxf(a[0], b[0]) + reach));
    int top = (int)fmaxf(0, ceilf(fminf(a[1], b[1]) - reach));
    int bottom = (int)fminf(STROKES_SIZE - 1, floorf(fmaxf(a[1], b[1]) + reach));
    for (int y = top; y <= bottom; y++) {
        for (int x = left; x <= right; x++) {
            float px = (float)x - a[0], py = (float)y - a[1];
            float along = length > 0 ? fminf(1, fmaxf(0, (px * dx + py * dy) / length)) : 0;
            float ex = px - along * dx, ey = py - along * dy;
            float ink = fminf(1, reach - sqrtf(ex * ex + ey * ey));
            if (ink > canvas->ink[y][x]) canvas->ink[y][x] = ink;
        }
    }
}

static void place(const Hand *hand, const float point[2], const float jitter[2], float out[2]) {
    float x = point[0] + jitter[0] - 10, y = point[1] + jitter[1] - 10;
    for (int axis = 0; axis < 2; axis++) {
        out[axis] = hand->matrix[axis][0] * x + hand->matrix[axis][1] * y + hand->shift[axis];
    }
}

static void draw_glyph(Canvas *canvas, const Glyph *glyph, const Hand *hand) {
    float points[MAX_POINTS][2];
    for (int i = 0; i < glyph->points; i++) place(hand, glyph->at[i], hand->jitter[i], points[i]);
    for (int i = 0; i + 2 < glyph->points; i += 2) {
        float from[2] = {points[i][0], points[i][1]};
        for (int piece = 1; piece <= PIECES; piece++) {
            float t = (float)piece / PIECES, to[2];
            for (int axis = 0; axis < 2; axis++) {
                to[axis] = (1 - t) * (1 - t) * points[i][axis] + 2 * t * (1 - t) * points[i + 1][axis] +
                           t * t * points[i + 2][axis];
            }
            draw_line(canvas, from, to, hand->radius);
            from[0] = to[0];
            from[1] = to[1];
        }
    }
}

// A thin scratch somewhere, which belongs to no digit.
static void draw_scratch(Canvas *canvas, RandomStream *stream) {
    float ends[2][2];
    for (int end = 0; end < 2; end++) {
        for (int axis = 0; axis < 2; axis++) ends[end][axis] = between(stream, 0, STROKES_SIZE - 1);
    }
    draw_line(canvas, ends[0], ends[1], 0.4f);
}

static void draw_image(int digit, uint64_t number, uint8_t *pixels) {
    RandomStream stream = random_stream(SET_SEED, RANDOM_STROKES, number);
    Canvas canvas = {0};
    Hand hand = random_hand(&stream);
    draw_glyph(&canvas, &glyphs[digit], &hand);
    if (digit == 9) {
        // The tail starts where the loop ends.
        Hand tail_hand = hand;
        for (int axis = 0; axis < 2; axis++)
            tail_hand.jitter[0][axis] = hand.jitter[glyphs[9].points - 1][axis];
        draw_glyph(&canvas, &tail, &tail_hand);
    }
    if (random_uniform(&stream) < 0.5) draw_scratch(&canvas, &stream);
    float brightness = between(&stream, 120, 255), noise = between(&stream, 5, 50);
    for (int y = 0; y < STROKES_SIZE; y++) {
        for (int x = 0; x < STROKES_SIZE; x++) {
            float value =
                brightness * canvas.ink[y][x] + noise * ((float)(random_bits(&stream) >> 8) * 0x1p-24f);
            pixels[y * STROKES_SIZE + x] = (uint8_t)fminf(255, value);
        }
    }
}

static Dataset draw_part(const Program *program, uint64_t first, size_t count) {
    Dataset set = data_empty(program);
    set.count = count;
    set.images = data_allocate(count, STROKES_SIZE * STROKES_SIZE);
    set.labels = data_allocate(count, sizeof *set.labels);
    for (size_t i = 0; i < count; i++) {
        set.labels[i] = (int32_t)(i % STROKES_CLASSES);
        draw_image(set.labels[i], first + i, set.images + i * STROKES_SIZE * STROKES_SIZE);
    }
    return set;
}

void strokes_load(const Program *program, Dataset *train, Dataset *test) {
    data_check_shape(program, "strokes", STROKES_SIZE, STROKES_SIZE, 1);
    data_check_classes(program, "strokes", STROKES_CLASSES);
    if (train != NULL) *train = draw_part(program, 0, STROKES_TRAIN);
    if (test != NULL) *test = draw_part(program, STROKES_TRAIN, STROKES_TEST);
}

// The functions of vec_math.h against libm in double: largest error in units of the last place of float, over
// a sweep of all magnitudes; every lane gives the same bits. Prints what it measured.
#include "kernel.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef vec Function(vec);
typedef double Truth(double);

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static vec f_exp(vec v) {
    return vec_exp(v);
}
static vec f_log(vec v) {
    return vec_log(v);
}
static vec f_tanh(vec v) {
    return vec_tanh(v);
}
static vec f_sigmoid(vec v) {
    return vec_sigmoid(v);
}
static vec f_erf(vec v) {
    return vec_erf(v);
}
static vec f_square_root(vec v) {
    return vec_square_root(v);
}

static const struct {
    const char *name;
    Function *function;
    Truth *truth;
    double from, to, limit; // the limit is in ulp
} rows[] = {
    {"exp", f_exp, exp, -87, 88.7, 1.5},  {"log", f_log, log, 1e-37, 1e38, 1.5},
    {"tanh", f_tanh, tanh, -20, 20, 2.5}, {"sigmoid", f_sigmoid, sigmoid, -80, 80, 2.5},
    {"erf", f_erf, erf, -10, 10, 5},      {"sqrt", f_square_root, sqrt, 0, 1e30, 0.51},
};

static int failures;

static void check(int holds, const char *what, double x, double got) {
    if (holds) return;
    if (failures++ < 20) printf("FAILED: %s at %.9g: %.9g\n", what, x, got);
}

static double ulp_error(real got, double truth) {
    double unit = nextafterf(fabsf((float)truth), INFINITY) - fabsf((float)truth);
    return fabs((double)got - truth) / unit;
}

static void sweep(int row, double *worst) {
    for (int i = 0; i < 400000; i++) {
        double u = (i + 0.5) / 400000, x;
        double from = rows[row].from, to = rows[row].to;
        if (i % 2)
            x = from + u * (to - from);
        else
            x = (from < 0 && i % 4 ? from : to) * exp(-30 * u); // all magnitudes
        real lane_0 = (real)x;
        vec v = rows[row].function(vec_all(lane_0));
        for (int lane = 1; lane < LANES; lane++) check(v[lane] == v[0], "lanes differ", x, (double)v[lane]);
        double error = ulp_error(v[0], rows[row].truth((double)lane_0));
        if (error > *worst) *worst = error;
    }
}

static real lane(Function *function, real x) {
    return function(vec_all(x))[0];
}

static void edges(void) {
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        check(isnan(lane(rows[row].function, (real)NAN)), rows[row].name, NAN, 0);
    check(lane(f_exp, (real)1000) == (real)INFINITY, "exp", 1000, 0);
    check(lane(f_exp, (real)-1000) == 0, "exp", -1000, 0);
    check(lane(f_exp, (real)INFINITY) == (real)INFINITY, "exp", INFINITY, 0);
    check(lane(f_exp, (real)0) == 1, "exp", 0, 0);
    check(lane(f_log, (real)0) == (real)-INFINITY, "log", 0, 0);
    check(isnan(lane(f_log, (real)-1)), "log", -1, 0);
    check(lane(f_log, (real)INFINITY) == (real)INFINITY, "log", INFINITY, 0);
    check(lane(f_log, (real)1) == 0, "log", 1, 0);
    check(lane(f_tanh, (real)INFINITY) == 1 && lane(f_tanh, (real)-INFINITY) == -1, "tanh", INFINITY, 0);
    check(signbit(lane(f_tanh, (real)-0.0)), "tanh", -0.0, 0);
    check(lane(f_erf, (real)INFINITY) == 1 && lane(f_erf, (real)-INFINITY) == -1, "erf", INFINITY, 0);
    check(lane(f_sigmoid, (real)-INFINITY) == 0 && lane(f_sigmoid, (real)INFINITY) == 1, "sigmoid", 0, 0);
}

static void moves(void) {
    real numbers[4 * LANES + 4], out[2 * LANES];
    uint8_t bytes[2 * LANES];
    for (int i = 0; i < 4 * LANES + 4; i++) numbers[i] = (real)(i * i % 7 - 3);
    vec v = vec_load(numbers + 1), w = vec_gather(numbers + 1, 3);
    double sum = 0;
    real largest = (real)-INFINITY;
    for (int i = 0; i < LANES; i++) {
        check(v[i] == numbers[1 + i], "load", i, (double)v[i]);
        check(w[i] == numbers[1 + 3 * i], "gather", i, (double)w[i]);
        check(vec_maximum(v, w)[i] == (v[i] > w[i] ? v[i] : w[i]), "maximum", i, 0);
        check(vec_minimum(v, w)[i] == (v[i] < w[i] ? v[i] : w[i]), "minimum", i, 0);
        check(vec_select(v < w, v, w)[i] == (v[i] < w[i] ? v[i] : w[i]), "select", i, 0);
        check(vec_absolute(v)[i] == (real)fabs((double)v[i]), "absolute", i, 0);
        check(vec_ramp(2, 3)[i] == (real)(2 + 3 * i), "ramp", i, 0);
        sum += (double)v[i];
        if (v[i] > largest) largest = v[i];
    }
    check((double)vec_sum(v) == sum, "sum", sum, (double)vec_sum(v));
    check(vec_largest(v) == largest, "largest", (double)largest, (double)vec_largest(v));
    for (int count = 0; count <= LANES; count++) {
        for (int i = 0; i < 2 * LANES; i++) out[i] = -1000, bytes[i] = 99;
        vec_store_part(out, v, count);
        vec_store_bytes_part(bytes, vec_ramp(1, 7), count);
        for (int i = 0; i < 2 * LANES; i++) {
            check(out[i] == (i < count ? v[i] : -1000), "store_part", i, (double)out[i]);
            check(bytes[i] == (i < count ? 1 + 7 * i : 99), "store_bytes_part", i, bytes[i]);
        }
    }
    vec_mask index;
    for (int i = 0; i < LANES; i++) index[i] = i * 7 / 3 % 4;
    const vec chosen = vec_choose(numbers + 1, index);
    for (int i = 0; i < LANES; i++) check(chosen[i] == numbers[1 + index[i]], "choose", i, (double)chosen[i]);
    for (int i = 0; i < 2 * LANES; i++) bytes[i] = (uint8_t)(250 + i);
    for (int i = 0; i < LANES; i++) check(vec_load_bytes(bytes)[i] == (real)bytes[i], "load_bytes", i, 0);
}

int main(void) {
    for (int row = 0; row < (int)(sizeof rows / sizeof *rows); row++) {
        double worst = 0;
        sweep(row, &worst);
        printf("%-8s %.2f ulp\n", rows[row].name, worst);
        check(worst < rows[row].limit, rows[row].name, rows[row].limit, worst);
    }
    edges();
    moves();
    if (failures) printf("%d failures\n", failures);
    return failures != 0;
}

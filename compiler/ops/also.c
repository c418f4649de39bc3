// The second result of a value: what it finds out on the way. A pool's is the position of the number it
// chose, row by row in its window; the op's own lower function writes it (lowering_also).
#include "ops/pool.h"

static const Attribute attributes[] = {{"positions", TYPE_WHOLE, "1", 1, 1e9, NULL, ATTRIBUTE_INTERNAL,
                                        "one more than the largest number it holds"}};

static bool also_shape(Value *value) {
    value->type = value_integer(value, "positions") <= 256 ? TYPE_BYTE : TYPE_INT;
    value->shape = value->inputs[0]->shape;
    return true;
}

const Op op_also = {.name = "also",
                    .summary = "a value's second result",
                    .minimum_inputs = 1,
                    .maximum_inputs = 1,
                    ATTRIBUTES(attributes),
                    .shape = also_shape};

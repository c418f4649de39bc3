// depthwise_backward_weights: conv.h has the contract; GROUPS equals CHANNELS.
#include "ref/conv_backward_weights.h"

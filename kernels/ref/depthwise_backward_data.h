// depthwise_backward_data: conv.h has the contract; GROUPS equals CHANNELS.
#include "ref/conv_backward_data.h"

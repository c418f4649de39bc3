// depthwise_forward: conv.h has the contract; GROUPS equals CHANNELS.
#include "ref/conv_forward.h"

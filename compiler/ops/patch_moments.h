// Mean and covariance of an image's patches, from which those of a convolution's output follow.
#ifndef OPS_PATCH_MOMENTS_H
#define OPS_PATCH_MOMENTS_H

#include "ops/window.h"

// patch_moments(x) -> [K + 2][K], where a patch is the K = height * width * channels numbers of a window, in
// the order of a convolution's weights: K rows of covariance (biased), the mean, and how many patches there
// are. It has conv's attributes kernel, stride, dilation and pad.
extern const Op op_patch_moments;
// The patch's length K, and the row of patch_moments that holds the mean.
int64_t patch_length(const Value *moments);

// vector_matrix(v, W) -> [F], the sum over i of v[i] W[i][f]; W is [...][F], its leading dimensions being
// one. covariance_product(moments, W) -> CW; quadratic_form(CW, W) -> [F], every column's w'Cw.
extern const Op op_vector_matrix, op_covariance_product, op_quadratic_form;

// Whether the patches are the image's pixels, each in one of them: then moments have a gradient.
bool patches_are_pixels(const Window *window);
// covariance_gradient(moments, W, d) -> [K + 2][K], what quadratic_form's gradient d adds to that of the
// moments.
extern const Op op_covariance_gradient;
void patch_moments_gradient(Gradient *gradient, const Value *value, Value *output_gradient);

#endif

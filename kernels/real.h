// The number type of generated programs: float, or double for tests (-DREAL_F64).
#ifndef KERNELS_REAL_H
#define KERNELS_REAL_H

#ifdef REAL_F64
typedef double real;
#else
typedef float real;
#endif

// As <math.h> has them; parsing that takes longer than all of the kernels' own headers.
#define REAL_INFINITY ((real)__builtin_inff())
#define REAL_NAN      ((real)__builtin_nanf(""))

#endif

/*
 * Includes the loops of LOOPS, a file name defined before, once for f32 and once for bf16. There `ELEMENT(name)` is the
 * name of a loop for the type, and LOAD and STORE move one element.
 */

#define ELEMENT(name) name##_f32
#define LOAD load_f32
#define STORE store_f32
#include LOOPS
#undef ELEMENT
#undef LOAD
#undef STORE

#define ELEMENT(name) name##_bf16
#define LOAD load_bf16
#define STORE store_bf16
#include LOOPS
#undef ELEMENT
#undef LOAD
#undef STORE

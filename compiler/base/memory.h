// Memory of the compiler. Everything that lives as long as a compilation is carved from an Arena and
// never freed alone. Running out of memory ends the process with exit code 3, so no call here returns NULL.
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *arena);

// Zeroed, aligned for any type.
void *arena_alloc(Arena *arena, size_t size);
// A NUL-terminated copy of length bytes.
char *arena_copy(Arena *arena, const char *text, size_t length);
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *arena, const char *format, va_list arguments);

#define NEW(arena, Type)              ((Type *)arena_alloc((arena), sizeof(Type)))
#define NEW_ARRAY(arena, Type, count) ((Type *)arena_alloc((arena), sizeof(Type) * (size_t)(count)))

// A growable array whose items lie in an arena: List(int) numbers = {0}; list_add(arena, &numbers, 7);
// Pointers to items are valid until the next list_add.
#define List(Type)                                                                                           \
    struct {                                                                                                 \
        Type *items;                                                                                         \
        int count, capacity;                                                                                 \
    }
#define list_add(arena, list, item)                                                                          \
    ((list)->count == (list)->capacity                                                                       \
         ? (void)((list)->items =                                                                            \
                      list_grow((arena), (list)->items, sizeof *(list)->items, &(list)->capacity))           \
         : (void)0,                                                                                          \
     (void)((list)->items[(list)->count++] = (item)))
void *list_grow(Arena *arena, void *items, size_t item_size, int *capacity);

// The compiler's own faults: prints file, line and message to stderr and exits with 70.
#define fault(...) fault_at(__FILE__, __LINE__, __VA_ARGS__)
#define require(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) fault("'%s' does not hold", #condition);                                           \
    } while (0)
_Noreturn void fault_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void out_of_memory(void);

#endif

// Where data is looked for.
#ifndef RUNTIME_DATA_FIND_H
#define RUNTIME_DATA_FIND_H

enum { DATA_MAX_PLACES = 16 };

// Folders in the order in which they are tried.
typedef struct DataPlaces {
    char *folders[DATA_MAX_PLACES];
    int count;
} DataPlaces;

// For a data set that has one of these names (NULL-terminated): NAME in `directory` (--data), `directory`
// itself, the same for $CNN_DATA. Ends the program if --data's folder does not exist.
DataPlaces data_places(const char *directory, const char *const *names);

// Adds a folder (copied).
void data_places_add(DataPlaces *places, const char *folder);
void data_places_free(DataPlaces *places);

// "A, B and C", for the caller to free().
char *data_places_text(const DataPlaces *places);

// The path of `folder`/`name`, or of `name`.gz there, for the caller to free(); NULL if there is neither.
char *data_find_in(const char *folder, const char *name);

// The path of the first place that has the file (or folder) `name`; an absolute name is taken as it is. Ends
// the program with a message that lists the places if none has it. For the caller to free().
char *data_find(const DataPlaces *places, const char *name);

#endif

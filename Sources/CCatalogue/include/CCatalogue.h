// The catalogue of published weights and its lists of classes, inside the program: it needs no other file.
#pragma once

#include <stddef.h>

typedef struct {
    const unsigned char *bytes;
    size_t byteCount;
} CCatalogueFile;

/// What the file of this path in the package holds, such as `Weights/catalog.yaml`; null for one that is not inside.
CCatalogueFile ccatalogue_file(const char *path);

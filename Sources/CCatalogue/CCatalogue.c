#include "CCatalogue.h"

#include <string.h>

static const unsigned char catalogue[] = {
#embed "../../Weights/catalog.yaml"
};
static const unsigned char imagenetClasses[] = {
#embed "../../Weights/imagenet-classes.txt"
};
static const unsigned char cifar10Classes[] = {
#embed "../../Weights/cifar10-classes.txt"
};

CCatalogueFile ccatalogue_file(const char *path) {
    if (strcmp(path, "Weights/catalog.yaml") == 0) return (CCatalogueFile){catalogue, sizeof catalogue};
    if (strcmp(path, "Weights/imagenet-classes.txt") == 0)
        return (CCatalogueFile){imagenetClasses, sizeof imagenetClasses};
    if (strcmp(path, "Weights/cifar10-classes.txt") == 0)
        return (CCatalogueFile){cifar10Classes, sizeof cifar10Classes};
    return (CCatalogueFile){NULL, 0};
}

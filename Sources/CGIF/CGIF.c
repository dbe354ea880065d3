#include "CGIF.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

struct CGIFDecoder {
    GifFileType *gif;
    const uint8_t *next;
    size_t remaining;
    uint32_t width, height;
    /// The index that is not drawn, or −1.
    int transparent;
    int error;
};

static int read_bytes(GifFileType *gif, GifByteType *out, int count) {
    CGIFDecoder *decoder = gif->UserData;
    size_t got = (size_t)count < decoder->remaining ? (size_t)count : decoder->remaining;
    memcpy(out, decoder->next, got);
    decoder->next += got;
    decoder->remaining -= got;
    return (int)got;
}

CGIFDecoder *cgif_decoder_create(const uint8_t *bytes, size_t count) {
    CGIFDecoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    decoder->next = bytes;
    decoder->remaining = count;
    decoder->transparent = -1;
    return decoder;
}

void cgif_decoder_destroy(CGIFDecoder *decoder) {
    if (!decoder) return;
    if (decoder->gif) DGifCloseFile(decoder->gif, NULL);
    free(decoder);
}

static CPixelsStatus failure(CGIFDecoder *decoder) {
    if (decoder->gif) decoder->error = decoder->gif->Error;
    if (decoder->error == D_GIF_ERR_NOT_ENOUGH_MEM) return CPixelsStatusOutOfMemory;
    return decoder->remaining == 0 ? CPixelsStatusTruncated : CPixelsStatusDamaged;
}

/// Notes which index is transparent, and passes over the other extensions.
static int read_extension(CGIFDecoder *decoder) {
    int code;
    GifByteType *block;
    if (DGifGetExtension(decoder->gif, &code, &block) == GIF_ERROR) return GIF_ERROR;
    GraphicsControlBlock control;
    if (code == GRAPHICS_EXT_FUNC_CODE && block && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK
        && control.TransparentColor != NO_TRANSPARENT_COLOR)
        decoder->transparent = control.TransparentColor;
    while (block)
        if (DGifGetExtensionNext(decoder->gif, &block) == GIF_ERROR) return GIF_ERROR;
    return GIF_OK;
}

static uint32_t larger(int a, int b) { return (uint32_t)(a > b ? a : b); }

CPixelsStatus cgif_decoder_read_header(CGIFDecoder *decoder) {
    decoder->gif = DGifOpen(decoder, read_bytes, &decoder->error);
    if (!decoder->gif) return failure(decoder);
    GifFileType *gif = decoder->gif;
    for (;;) {
        GifRecordType record;
        if (DGifGetRecordType(gif, &record) == GIF_ERROR) return failure(decoder);
        if (record == IMAGE_DESC_RECORD_TYPE) break;
        if (record == TERMINATE_RECORD_TYPE) {
            decoder->error = D_GIF_ERR_NO_IMAG_DSCR;
            return CPixelsStatusDamaged;
        }
        if (record == EXTENSION_RECORD_TYPE && read_extension(decoder) == GIF_ERROR) return failure(decoder);
    }
    if (DGifGetImageDesc(gif) == GIF_ERROR) return failure(decoder);
    decoder->width = larger(gif->SWidth, gif->Image.Left + gif->Image.Width);
    decoder->height = larger(gif->SHeight, gif->Image.Top + gif->Image.Height);
    return CPixelsStatusDone;
}

uint32_t cgif_decoder_width(const CGIFDecoder *decoder) { return decoder->width; }

uint32_t cgif_decoder_height(const CGIFDecoder *decoder) { return decoder->height; }

typedef struct Palette {
    uint8_t colours[256][3];
} Palette;

static bool is_grey_ramp(const ColorMapObject *map) {
    for (int i = 0; i < map->ColorCount; i++) {
        GifColorType entry = map->Colors[i];
        if (entry.Red != i || entry.Green != i || entry.Blue != i) return false;
    }
    return true;
}

/// The frame's colours, else the file's, else greys. As in Pillow, an index that they do not name is black, or a grey
/// where they are greys too. The transparent one is white.
static void fill_palette(const CGIFDecoder *decoder, Palette *palette) {
    const ColorMapObject *map =
        decoder->gif->Image.ColorMap ? decoder->gif->Image.ColorMap : decoder->gif->SColorMap;
    bool isGrey = !map || is_grey_ramp(map);
    for (int i = 0; i < 256; i++) {
        uint8_t *colour = palette->colours[i];
        memset(colour, isGrey ? i : 0, 3);
        if (map && i < map->ColorCount) {
            GifColorType entry = map->Colors[i];
            colour[0] = entry.Red, colour[1] = entry.Green, colour[2] = entry.Blue;
        }
        if (i == decoder->transparent) memset(colour, 255, 3);
    }
}

static void draw(const Palette *palette, const uint8_t *indices, size_t count, uint8_t *out) {
    for (size_t x = 0; x < count; x++) memcpy(out + 3 * x, palette->colours[indices[x]], 3);
}

/// Decodes the rows `first`, `first` + `step` … of the frame.
static int read_rows(CGIFDecoder *decoder, const Palette *palette, int first, int step, uint8_t *row, uint8_t *pixels) {
    const GifImageDesc *frame = &decoder->gif->Image;
    for (int y = first; y < frame->Height; y += step) {
        if (DGifGetLine(decoder->gif, row, frame->Width) == GIF_ERROR) return GIF_ERROR;
        size_t place = (size_t)(frame->Top + y) * decoder->width + (size_t)frame->Left;
        draw(palette, row, (size_t)frame->Width, pixels + 3 * place);
    }
    return GIF_OK;
}

CPixelsStatus cgif_decoder_read_pixels(CGIFDecoder *decoder, uint8_t *pixels) {
    static const int passes[4][2] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    const GifImageDesc *frame = &decoder->gif->Image;
    Palette palette;
    fill_palette(decoder, &palette);
    // What the frame does not cover is transparent where anything is, else of the first colour.
    const uint8_t *background = palette.colours[decoder->transparent < 0 ? 0 : decoder->transparent];
    for (size_t i = 0; i < (size_t)decoder->width * decoder->height; i++) memcpy(pixels + 3 * i, background, 3);

    uint8_t *row = malloc((size_t)frame->Width + 1);
    if (!row) return CPixelsStatusOutOfMemory;
    int result = GIF_OK;
    if (frame->Interlace)
        for (int pass = 0; pass < 4 && result == GIF_OK; pass++)
            result = read_rows(decoder, &palette, passes[pass][0], passes[pass][1], row, pixels);
    else
        result = read_rows(decoder, &palette, 0, 1, row, pixels);
    free(row);
    return result == GIF_OK ? CPixelsStatusDone : failure(decoder);
}

const char *cgif_decoder_message(const CGIFDecoder *decoder) {
    const char *message = GifErrorString(decoder->error);
    return message ? message : "unknown error";
}

/// The views of an image whose predictions are averaged where a model is used or judged.
public enum TestTimeAugmentation: String, CaseIterable, Sendable {
    /// The image as it is.
    case none
    /// The image and its mirror image.
    case flip
    /// The four corners and the centre of the image, enlarged by 256/224.
    case fiveCrop = "five-crop"
    /// These five of the image and of its mirror image, as in Krizhevsky, Sutskever and Hinton, “ImageNet classification
    /// with deep convolutional neural networks”, 2012, section 4.1.
    case tenCrop = "ten-crop"

    /// How many views it makes of an image.
    public var viewCount: Int {
        switch self {
        case .none: 1
        case .flip: 2
        case .fiveCrop: 5
        case .tenCrop: 10
        }
    }
}

extension Image {
    /// The views as squares of `side` × `side` pixels, one below the other.
    ///
    /// Corners and centre are cut, as by torchvision's `FiveCrop` and `TenCrop`, out of a picture whose shorter side is
    /// `side` · 256/224, rounded: a whole one for `crop`, a square one for `squash` and `letterbox`.
    package func views(_ augmentation: TestTimeAugmentation, side: Int, _ mode: ResizeMode) -> Image {
        let views: [Image]
        switch augmentation {
        case .none: return fitted(to: side, mode)
        case .flip:
            let view = fitted(to: side, mode)
            views = [view, view.flippedHorizontally()]
        case .fiveCrop: views = fiveCrops(side, mode, mirrored: false)
        case .tenCrop: views = fiveCrops(side, mode, mirrored: false) + fiveCrops(side, mode, mirrored: true)
        }
        return Image(width: side, height: side * views.count, pixels: views.flatMap(\.pixels))
    }

    /// Top left, top right, bottom left, bottom right and centre of the enlarged picture or of its mirror image. The whole of
    /// it is never there: of a long and thin picture it could be a thousand times as large.
    private func fiveCrops(_ side: Int, _ mode: ResizeMode, mirrored: Bool) -> [Image] {
        let larger = (side * 256 + 112) / 224
        // A square, or nothing else than what is cut from.
        let source = mode == .crop ? self : fitted(to: larger, mode)
        let size = source.size(withShorterSide: larger)
        let (right, bottom) = (size.width - side, size.height - side)
        let corners = [(0, 0), (right, 0), (0, bottom), (right, bottom), (Self.margin(right), Self.margin(bottom))]
        return corners.map { x, y in
            let region = PixelRegion(x: mirrored ? right - x : x, y: y, width: side, height: side)
            let view = source.resized(width: size.width, height: size.height, keeping: region)
            return mirrored ? view.flippedHorizontally() : view
        }
    }
}

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
        case .fiveCrop: views = enlarged(side, mode).fiveCrops(side)
        case .tenCrop:
            let picture = enlarged(side, mode)
            views = picture.fiveCrops(side) + picture.flippedHorizontally().fiveCrops(side)
        }
        return Image(width: side, height: side * views.count, pixels: views.flatMap(\.pixels))
    }

    private func enlarged(_ side: Int, _ mode: ResizeMode) -> Image {
        let larger = (side * 256 + 112) / 224
        guard mode == .crop else { return fitted(to: larger, mode) }
        let size = size(withShorterSide: larger)
        return size == (width, height) ? self : resized(width: size.width, height: size.height)
    }

    /// Top left, top right, bottom left, bottom right, centre.
    private func fiveCrops(_ side: Int) -> [Image] {
        let (right, bottom) = (width - side, height - side)
        return [(0, 0), (right, 0), (0, bottom), (right, bottom), (Self.margin(right), Self.margin(bottom))].map {
            cropped(PixelRegion(x: $0.0, y: $0.1, width: side, height: side))
        }
    }
}

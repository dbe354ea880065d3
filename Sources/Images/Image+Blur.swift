import Glibc
import Kernels

extension Image {
    /// A Gaussian blur over 2·⌈3·sigma⌉ + 1 pixels each way, the picture reflected at its edges: torchvision's
    /// `gaussian_blur` with that kernel size.
    package func blurred(sigma: Double) -> Image {
        let radius = min(max(Int((3 * min(sigma, 1000)).rounded(.up)), 0), max(width, height) - 1)
        guard radius > 0 else { return self }
        let weights = Self.gaussian(sigma: sigma, radius: radius)
        let scratchCount = kernel_blur_scratch(width, height, radius)
        return Image(width: width, height: height) { output in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: scratchCount) { scratch in
                withPixels { kernel_blur($0, width, height, weights, radius, scratch.baseAddress, output) }
            }
        }
    }

    private static func gaussian(sigma: Double, radius: Int) -> [Float] {
        let weights = (-radius...radius).map { exp(-0.5 * (Double($0) / sigma) * (Double($0) / sigma)) }
        let sum = weights.reduce(0, +)
        return weights.map { Float($0 / sum) }
    }
}

import Kernels
import TestSupport
import Testing

/// The element loops against definitions written out, on sizes that divide nothing.
@Suite struct KernelTests {
    private let rectified = value_range(lowest: 0, highest: .nan)
    private let unlimited = value_range(lowest: .nan, highest: .nan)

    private func numbers(_ count: Int, _ name: String) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: -1, high: 1) }
        return values
    }

    @Test func bf16RoundsToNearestEven() {
        let cases: [(Float, UInt16)] = [
            (1, 0x3F80), (-2, 0xC000), (Float(bitPattern: 0x3F80_8000), 0x3F80),
            (Float(bitPattern: 0x3F81_8000), 0x3F82),
            (Float(bitPattern: 0x3F80_8001), 0x3F81), (.infinity, 0x7F80), (0, 0),
            (Float(bitPattern: 0x7F7F_FFFF), 0x7F80),
        ]
        let input = cases.map(\.0)
        var output = [UInt16](repeating: 0, count: input.count)
        kernel_f32_to_bf16(input, &output, input.count)
        #expect(output == cases.map(\.1))
        var back = [Float](repeating: 0, count: input.count)
        kernel_bf16_to_f32(output, &back, input.count)
        #expect(back == cases.map { Float(bitPattern: UInt32($0.1) << 16) })
    }

    /// Whatever its payload, which rounding would carry into the exponent.
    @Test func bf16KeepsNaN() {
        let input = [0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FC0_0000, 0x7F80_0001, 0xFF80_0001, 0x7FFF_8000].map {
            Float(bitPattern: UInt32($0))
        }
        // Enough of them for the loop in vectors, and some for the one after it.
        let many = (0..<101).map { input[$0 % input.count] }
        var narrow = [UInt16](repeating: 0, count: many.count)
        kernel_f32_to_bf16(many, &narrow, many.count)
        var wide = [Float](repeating: 0, count: many.count)
        kernel_bf16_to_f32(narrow, &wide, wide.count)
        #expect(wide.allSatisfy { $0.isNaN })
        #expect(zip(many, wide).allSatisfy { $0.sign == $1.sign })
    }

    @Test(arguments: [0, 1, 63, 256, 1000, 123_457]) func largestMagnitudes(_ count: Int) {
        var values = numbers(count, "magnitudes")
        #expect(kernel_largest_magnitude(values, count, false) == values.map(abs).max() ?? 0)
        for position in [0, count / 3, count - 1] where position >= 0 && position < count {
            let before = values[position]
            values[position] = -7
            #expect(kernel_largest_magnitude(values, count, false) == 7)
            #expect(kernel_largest_magnitude(bf16(values), count, true) == 7)
            values[position] = .nan
            #expect(kernel_largest_magnitude(values, count, false) < 7)
            values[position] = before
        }
    }

    @Test(arguments: [1, 3, 4]) func pixelsOfAnyChannelsAreNormalized(_ channels: Int) {
        let pixels = (0..<257 * channels).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let (mean, deviation) = (numbers(channels, "mean"), (0..<channels).map { Float($0 + 2) })
        var out = [Float](repeating: .nan, count: pixels.count)
        kernel_normalize_pixels(pixels, &out, 257, channels, false, mean, deviation, false)
        #expect(
            out.indices.allSatisfy { i in
                out[i] == (Float(pixels[i]) - mean[i % channels]) / deviation[i % channels]
            })
    }

    /// Of no number comes no number, forward and backward.
    @Test func functionsKeepNaN() {
        let values: [Float] = [.nan, 1]
        for function in [
            FUNCTION_RELU, FUNCTION_RELU6, FUNCTION_LEAKY_RELU, FUNCTION_SIGMOID, FUNCTION_TANH, FUNCTION_SILU,
            FUNCTION_HARD_SIGMOID, FUNCTION_HARD_SWISH, FUNCTION_GELU,
        ] {
            var out: [Float] = [0, 0]
            kernel_apply(function, 0.5, values, &out, 2, false)
            #expect(out[0].isNaN && out[1].isFinite, "\(function)")
        }
    }

    /// Wherever in its window it stands, and whether or not winners are kept.
    @Test(arguments: 0..<4) func maxPoolLetsNaNWin(_ position: Int) {
        var geometry = pool_geometry(
            batch: 1, in_height: 2, in_width: 2, out_height: 1, out_width: 1, channels: 2, kernel_height: 2,
            kernel_width: 2, stride_height: 2, stride_width: 2, padding_top: 0, padding_left: 0, padding_bottom: 0,
            padding_right: 0)
        var input: [Float] = [1, 5, 2, 6, 3, 7, 4, 8]
        input[2 * position] = .nan
        var output: [Float] = [0, 0]
        var winners: [UInt8] = [9, 9]
        kernel_max_pool(&geometry, input, &output, &winners, false)
        #expect(output[0].isNaN && output[1] == 8 && winners == [UInt8(position), 3])
        output = [0, 0]
        kernel_max_pool(&geometry, input, &output, nil, false)
        #expect(output[0].isNaN && output[1] == 8)
    }

    @Test(arguments: [(3, 2, 1), (2, 2, 0), (3, 1, 1), (3, 3, 0)])
    func maxPoolAndItsGradient(_ kernel: Int, _ stride: Int, _ padding: Int) {
        let (batch, height, width, channels) = (2, 7, 5, 67)
        let outHeight = (height + 2 * padding - kernel) / stride + 1
        let outWidth = (width + 2 * padding - kernel) / stride + 1
        var geometry = pool_geometry(
            batch: batch, in_height: height, in_width: width, out_height: outHeight, out_width: outWidth,
            channels: channels, kernel_height: kernel, kernel_width: kernel, stride_height: stride,
            stride_width: stride, padding_top: padding, padding_left: padding, padding_bottom: padding,
            padding_right: padding)
        let input = numbers(batch * height * width * channels, "pool")
        let upstream = numbers(batch * outHeight * outWidth * channels, "upstream")
        var output = [Float](repeating: 0, count: upstream.count)
        var winners = [UInt8](repeating: 0, count: upstream.count)
        var gradient = [Float](repeating: .nan, count: input.count)
        kernel_max_pool(&geometry, input, &output, &winners, false)
        kernel_max_pool_backward(&geometry, upstream, winners, &gradient, false)

        var expected = [Float](repeating: 0, count: input.count)
        for n in 0..<batch {
            for oy in 0..<outHeight {
                for ox in 0..<outWidth {
                    for c in 0..<channels {
                        var best = (value: -Float.infinity, index: -1)
                        for ky in 0..<kernel {
                            for kx in 0..<kernel {
                                let (y, x) = (oy * stride - padding + ky, ox * stride - padding + kx)
                                guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
                                let index = ((n * height + y) * width + x) * channels + c
                                if input[index] > best.value { best = (input[index], index) }
                            }
                        }
                        let out = ((n * outHeight + oy) * outWidth + ox) * channels + c
                        #expect(output[out] == best.value)
                        expected[best.index] += upstream[out]
                    }
                }
            }
        }
        for (value, reference) in zip(gradient, expected) { #expect(abs(value - reference) <= 1e-6) }
    }

    @Test func globalMaxPoolAndItsGradient() {
        let (batch, positions, channels) = (3, 300, 67)
        let input = numbers(batch * positions * channels, "global")
        let upstream = numbers(batch * channels, "upstream")
        var narrow = [UInt16](repeating: 0, count: input.count)
        kernel_f32_to_bf16(input, &narrow, input.count)
        var rounded = input
        kernel_bf16_to_f32(narrow, &rounded, input.count)
        for (isBF16, values) in [(false, input), (true, rounded)] {
            var output = [Float](repeating: 0, count: upstream.count)
            var winners = [UInt32](repeating: 0, count: upstream.count)
            var gradient = [Float](repeating: .nan, count: input.count)
            var narrowGradient = [UInt16](repeating: 0xFFFF, count: input.count)
            if isBF16 {
                kernel_global_max_pool(narrow, &output, &winners, batch, positions, channels, true)
                kernel_global_max_pool_backward(upstream, winners, &narrowGradient, batch, positions, channels, true)
                kernel_bf16_to_f32(narrowGradient, &gradient, input.count)
            } else {
                kernel_global_max_pool(input, &output, &winners, batch, positions, channels, false)
                kernel_global_max_pool_backward(upstream, winners, &gradient, batch, positions, channels, false)
            }
            var expected = [Float](repeating: 0, count: input.count)
            for n in 0..<batch {
                for c in 0..<channels {
                    let column = (0..<positions).map { values[(n * positions + $0) * channels + c] }
                    let largest = column.max() ?? 0
                    #expect(output[n * channels + c] == largest)
                    let first = column.firstIndex(of: largest) ?? 0
                    expected[(n * positions + first) * channels + c] = upstream[n * channels + c]
                }
            }
            for (value, reference) in zip(gradient, expected) {
                #expect(abs(value - reference) <= (isBF16 ? abs(reference) / 256 : 0))
            }
        }
    }

    @Test func globalMaxPoolLetsNaNWin() {
        let input: [Float] = [1, 5, .nan, 6, 3, 7]
        var output: [Float] = [0, 0]
        kernel_global_max_pool(input, &output, nil, 1, 3, 2, false)
        #expect(output[0].isNaN && output[1] == 7)
    }

    @Test(arguments: [(1, 1), (7, 7), (3, 2)])
    func averagePoolAndItsGradientAreAdjoint(_ rows: Int, _ columns: Int) {
        let (batch, height, width, channels) = (2, 5, 9, 70)
        let input = numbers(batch * height * width * channels, "average")
        let upstream = numbers(batch * rows * columns * channels, "upstream")
        var output = [Float](repeating: 0, count: upstream.count)
        var gradient = [Float](repeating: 0, count: input.count)
        kernel_average_pool(input, &output, batch, height, width, channels, rows, columns, false, true)
        kernel_average_pool_backward(upstream, &gradient, batch, height, width, channels, rows, columns, false, true)

        for row in 0..<rows {
            for column in 0..<columns {
                let ys = row * height / rows..<((row + 1) * height + rows - 1) / rows
                let xs = column * width / columns..<((column + 1) * width + columns - 1) / columns
                let cell = ys.flatMap { y in xs.map { x in Double(input[(y * width + x) * channels]) } }
                let mean = cell.reduce(0, +) / Double(cell.count)
                #expect(abs(Double(output[(row * columns + column) * channels]) - mean) <= 1e-6)
            }
        }
        let forward = zip(output, upstream).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let backward = zip(input, gradient).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(forward - backward) <= 1e-4)
    }

    @Test func statisticsSurviveALargeMean() {
        let (rows, channels) = (1000, 67)
        let noise = numbers(rows * channels, "statistics")
        let input = noise.map { 1000 + $0 }
        var mean = [Float](repeating: 0, count: channels)
        var variance = mean
        var scratch = [Float](repeating: 0, count: kernel_sums_scratch(channels))
        kernel_batch_statistics(input, rows, channels, &mean, &variance, &scratch, false)
        for c in 0..<channels {
            let column = (0..<rows).map { Double(input[$0 * channels + c]) }
            let expectedMean = column.reduce(0, +) / Double(rows)
            let expected = column.reduce(0) { $0 + ($1 - expectedMean) * ($1 - expectedMean) } / Double(rows)
            #expect(abs(Double(mean[c]) - expectedMean) <= 1e-3)
            #expect(abs(Double(variance[c]) / expected - 1) <= 1e-3)
        }
    }

    @Test func gradientsCombineUnderTheMaskOfReLU() {
        let count = 100_003
        let (a, b, z) = (numbers(count, "a"), numbers(count, "b"), numbers(count, "z"))
        var out = [Float](repeating: 0, count: count)
        kernel_combine_gradients(a, b, z, rectified, &out, count, false)
        #expect((0..<count).allSatisfy { out[$0] == (z[$0] > 0 ? a[$0] + b[$0] : 0) })
        kernel_combine_gradients(a, nil, z, rectified, &out, count, false)
        #expect((0..<count).allSatisfy { out[$0] == (z[$0] > 0 ? a[$0] : 0) })
        kernel_combine_gradients(a, b, nil, rectified, &out, count, false)
        #expect((0..<count).allSatisfy { out[$0] == a[$0] + b[$0] })
    }

    @Test(arguments: [(67, 1000), (128, 5003), (3, 16)], [(true, true), (true, false), (false, true), (false, false)])
    func gradientsAreSummedMaskedAndMultiplied(_ size: (channels: Int, rows: Int), _ given: (other: Bool, relu: Bool)) {
        let (channels, rows) = size
        let count = rows * channels
        let (a, b, z) = (numbers(count, "a"), numbers(count, "b"), numbers(count, "z"))
        let (x, mean) = (numbers(count, "x"), numbers(channels, "mean"))
        let expected = (0..<count).map { i in
            given.relu && z[i] <= 0 ? 0 : a[i] + (given.other ? b[i] : 0)
        }
        var gradient = a
        var sums = [Float](repeating: .nan, count: channels)
        var products = sums
        var scratch = [Float](repeating: .nan, count: kernel_sums_scratch(channels))
        gradient.withUnsafeMutableBytes { gradient in
            b.withUnsafeBytes { b in
                z.withUnsafeBytes { z in
                    x.withUnsafeBytes { x in
                        mean.withUnsafeBufferPointer { mean in
                            var operands = gradient_operands(
                                gradient: gradient.baseAddress, other: given.other ? b.baseAddress : nil,
                                activation: given.relu ? z.baseAddress : nil, range: rectified, in: x.baseAddress,
                                mean: mean.baseAddress)
                            kernel_gradient_sums(&operands, rows, channels, &sums, &products, &scratch, false)
                        }
                    }
                }
            }
        }
        #expect(gradient == expected)
        for c in 0..<channels {
            let column = (0..<rows).map { $0 * channels + c }
            let sum = column.reduce(0) { $0 + Double(expected[$1]) }
            let product = column.reduce(0) { $0 + Double(expected[$1]) * (Double(x[$1]) - Double(mean[c])) }
            #expect(abs(Double(sums[c]) - sum) <= 1e-3)
            #expect(abs(Double(products[c]) - product) <= 1e-3)
        }
    }

    @Test(arguments: [67, 192]) func channelsAreScaledAndShifted(_ channels: Int) {
        let rows = 301
        let (x, residual) = (numbers(rows * channels, "x"), numbers(rows * channels, "residual"))
        let (k1, k2, k3) = (numbers(channels, "k1"), numbers(channels, "k2"), numbers(channels, "k3"))
        var out = [Float](repeating: .nan, count: x.count)
        func expectAll(_ expected: (_ i: Int, _ channel: Int) -> Float) {
            #expect(out.indices.allSatisfy { abs(out[$0] - expected($0, $0 % channels)) <= 1e-6 })
        }
        kernel_scale_shift(x, k1, k2, nil, &out, rows, channels, unlimited, false)
        expectAll { x[$0] * k1[$1] + k2[$1] }
        kernel_scale_shift(x, k1, k2, residual, &out, rows, channels, rectified, false)
        expectAll { max(0, x[$0] * k1[$1] + k2[$1] + residual[$0]) }
        kernel_batch_norm_input_gradient(residual, x, k1, k2, k3, &out, rows, channels, false)
        expectAll { k1[$1] * residual[$0] + k2[$1] * x[$0] + k3[$1] }
    }

    @Test func sumsDoNotDependOnTheNumberOfThreads() {
        let (rows, channels) = (4001, 67)
        let input = numbers(rows * channels, "statistics")
        func statistics(threads: Int32) -> [Float] {
            parallel_set_threads(threads)
            defer { parallel_set_threads(0) }
            var mean = [Float](repeating: 0, count: channels)
            var variance = mean
            var scratch = [Float](repeating: 0, count: kernel_sums_scratch(channels))
            kernel_batch_statistics(input, rows, channels, &mean, &variance, &scratch, false)
            return mean + variance
        }
        #expect(statistics(threads: 1) == statistics(threads: 3))
    }

    @Test func rowDotsAndScales() {
        let (rows, columns) = (5, 2051)
        let (a, b) = (numbers(rows * columns, "a"), numbers(rows * columns, "b"))
        var dots = [Float](repeating: 0, count: rows)
        kernel_row_dots(a, b, &dots, rows, columns)
        for row in 0..<rows {
            let range = row * columns..<(row + 1) * columns
            let expected = zip(a[range], b[range]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            #expect(abs(Double(dots[row]) - expected) <= 1e-4)
        }
        let factors: [Float] = [1, -2, 0.5, 0, 3]
        var scaled = [Float](repeating: 0, count: a.count)
        kernel_scale_rows(a, factors, &scaled, rows, columns, false)
        #expect(scaled.indices.allSatisfy { scaled[$0] == a[$0] * factors[$0 / columns] })
    }
}

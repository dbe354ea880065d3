import COneDNN
import Engine
import Kernels
import Networks
import TestSupport
import Testing

/// Layers in 8-bit integers: exactly the integers that their definition gives, and close to what floating point yields.
@Suite(.serialized, .enabled(if: Quantization.isSupported, "needs VNNI"))
struct QuantizationTests {
    private func integers(_ count: Int, _ name: String, _ range: ClosedRange<Int>) -> [Int] {
        var values = [Float](repeating: 0, count: count)
        let (low, high) = (Double(range.lowerBound) - 0.49, Double(range.upperBound) + 0.49)
        values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: low, high: high) }
        return values.map { Int($0.rounded()) }
    }

    /// A convolution with the sums written out. Scales are powers of two, so that float32 rounds nothing but the result.
    @Test(arguments: [(3, 1, false), (3, 2, true), (1, 1, true), (1, 2, false)])
    func convolutionEqualsItsDefinition(_ kernel: Int, _ stride: Int, _ adds: Bool) throws {
        let (side, inputs, outputs) = (9, 32, 48)
        let padding = kernel / 2
        let outSide = (side + 2 * padding - kernel) / stride + 1
        let (k, s, p) = (Int64(kernel), Int64(stride), Int64(padding))
        var geometry = dnn_geometry(
            batch: 1, input_channels: Int64(inputs), input_height: Int64(side), input_width: Int64(side),
            output_channels: Int64(outputs), output_height: Int64(outSide), output_width: Int64(outSide),
            kernel_height: k, kernel_width: k, stride_height: s, stride_width: s, dilation_height: 1,
            dilation_width: 1, padding_top: p, padding_left: p, padding_bottom: p, padding_right: p, groups: 1)
        let input = integers(side * side * inputs, "input", 0...255)
        let weights = integers(outputs * kernel * kernel * inputs, "weights", -127...127)
        let residual = integers(outSide * outSide * outputs, "residual", -127...127)
        let biases = integers(outputs, "biases", -40...40)
        let scales = (0..<outputs).map { Float(sign: .plus, exponent: -9 - $0 % 4, significand: 1) }

        var (a, b) = (input.map { UInt8($0) }, weights.map { Int8($0) })
        var c = residual.map { UInt8(bitPattern: Int8($0)) }
        let floatBiases = biases.map(Float.init)
        let primitive = try #require(
            scales.withUnsafeBufferPointer { scales in
                floatBiases.withUnsafeBufferPointer { biases in
                    var requantization = dnn_requantization(
                        scales: scales.baseAddress, biases: biases.baseAddress, residual_type: DNN_S8,
                        residual_scale: adds ? 0.5 : 0, relu: true)
                    return dnn_quantized_convolution(&geometry, DNN_U8, &requantization)
                }
            })
        defer { dnn_destroy(primitive) }
        let packing = try #require(dnn_pack_weights(primitive, DNN_S8))
        defer { dnn_destroy(packing) }
        var packed = [UInt8](repeating: 0, count: dnn_weights_size(primitive))
        var scratchpad = [UInt8](repeating: 0, count: max(dnn_scratchpad_size(primitive), 1))
        a.withUnsafeMutableBytes { a in
            b.withUnsafeMutableBytes { b in
                c.withUnsafeMutableBytes { c in
                    packed.withUnsafeMutableBytes { packed in
                        scratchpad.withUnsafeMutableBytes { scratchpad in
                            dnn_bind(packing, DNN_A, b.baseAddress)
                            dnn_bind(packing, DNN_C, packed.baseAddress)
                            #expect(dnn_execute(packing))
                            dnn_bind(primitive, DNN_A, a.baseAddress)
                            dnn_bind(primitive, DNN_B, packed.baseAddress)
                            dnn_bind(primitive, DNN_C, c.baseAddress)
                            dnn_bind(primitive, DNN_SCRATCHPAD, scratchpad.baseAddress)
                            #expect(dnn_execute(primitive))
                        }
                    }
                }
            }
        }

        var expected: [UInt8] = []
        for y in 0..<outSide {
            for x in 0..<outSide {
                for o in 0..<outputs {
                    var sum = 0
                    for ky in 0..<kernel {
                        for kx in 0..<kernel {
                            let (iy, ix) = (y * stride + ky - padding, x * stride + kx - padding)
                            guard (0..<side).contains(iy), (0..<side).contains(ix) else { continue }
                            for i in 0..<inputs {
                                sum +=
                                    input[(iy * side + ix) * inputs + i]
                                    * weights[((o * kernel + ky) * kernel + kx) * inputs + i]
                            }
                        }
                    }
                    var value = Float(sum) * scales[o] + Float(biases[o])
                    if adds { value += 0.5 * Float(residual[(y * outSide + x) * outputs + o]) }
                    expected.append(UInt8(min(max(value.rounded(.toNearestOrEven), 0), 255)))
                }
            }
        }
        #expect(c == expected)
        #expect(Set(expected).count > 50)
    }

    @Test(arguments: Precision.allCases) func numbersBecomeIntegersAndBack(_ precision: Precision) {
        let isBF16 = precision == .bf16
        let numbers: [Float] = [-3, 0, 0.25, 0.75, 1.25, 100, 127.5, 400, .nan]
        var narrow = [UInt16](repeating: 0, count: numbers.count)
        kernel_f32_to_bf16(numbers, &narrow, numbers.count)
        var integers = [UInt8](repeating: 9, count: numbers.count)
        if isBF16 {
            kernel_quantize(narrow, &integers, numbers.count, 0.5, true)
        } else {
            kernel_quantize(numbers, &integers, numbers.count, 0.5, false)
        }
        #expect(integers == [0, 0, 0, 2, 2, 200, 255, 255, 0])
        var back = [Float](repeating: 9, count: numbers.count)
        kernel_dequantize(integers, &back, back.count, 0.5, false, false)
        #expect(back == [0, 0, 0, 1, 1, 100, 127.5, 127.5, 0])
        kernel_dequantize([UInt8(bitPattern: -3), 3], &back, 2, 0.5, true, false)
        #expect(back[..<2] == [-1.5, 1.5])
    }

    @Test func theLargestMagnitudeIsFound() {
        for position in [0, 70, 4_095, 4_096, 9_999] {
            var numbers = [Float](repeating: -1, count: 10_000)
            numbers[position] = -7
            numbers[(position + 1) % 10_000] = .nan
            #expect(kernel_largest_magnitude(numbers, numbers.count, false) == 7)
        }
    }

    @Test func weightsAreRoundedToTheirRowsSteps() {
        let weights: [Float] = [1, -2, 0.0078, 0, 0, 0, 127, -63.6, 0.5]
        var scales = [Float](repeating: 0, count: 3)
        let factors: [Float] = [2, 1, -1]
        kernel_row_scales(weights, factors, &scales, 3, 3)
        #expect(scales == [4 / 127, 1, 1])
        var rounded = [Int8](repeating: 9, count: 9)
        kernel_quantize_rows(weights, factors, scales, &rounded, 3, 3)
        #expect(rounded == [64, -127, 0, 0, 0, 0, -127, 64, 0])
    }

    @Test(arguments: [(3, 2, 1), (2, 2, 0)]) func maxPoolTakesTheLargest(_ kernel: Int, _ stride: Int, _ padding: Int) {
        let (side, channels) = (7, 19)
        let outSide = (side + 2 * padding - kernel) / stride + 1
        var geometry = pool_geometry(
            batch: 2, in_height: side, in_width: side, out_height: outSide, out_width: outSide, channels: channels,
            kernel_height: kernel, kernel_width: kernel, stride_height: stride, stride_width: stride,
            padding_top: padding, padding_left: padding, padding_bottom: padding, padding_right: padding)
        let input = integers(2 * side * side * channels, "pool", 0...255).map { UInt8($0) }
        var output = [UInt8](repeating: 0, count: 2 * outSide * outSide * channels)
        kernel_max_pool_u8(&geometry, input, &output)
        var (wide, expected) = (input.map(Float.init), output.map(Float.init))
        kernel_max_pool(&geometry, &wide, &expected, nil, false)
        #expect(output.map(Float.init) == expected)
    }

    // MARK: - Networks

    private func configuration(_ side: Int, _ stages: Set<String> = [], _ part: Plan.Part = .whole)
        -> Plan.Configuration
    {
        var configuration = Plan.Configuration(batch: 2, height: side, width: side, trainableStages: stages)
        configuration.part = part
        return configuration
    }

    private func plan(_ network: Network, _ store: ParameterStore, _ configuration: Plan.Configuration) throws -> Plan {
        let plan = try Plan(
            network: network, parameters: store, preprocessing: .torch, configuration: configuration)
        plan.fillPixels()
        return plan
    }

    private func quantization(_ network: Network, _ store: ParameterStore, _ side: Int) throws -> Quantization {
        var observing = configuration(side)
        observing.observesMagnitudes = true
        let plan = try plan(network, store, observing)
        try plan.forward()
        return Quantization(largestMagnitudes: plan.largestMagnitudes)
    }

    /// Basic blocks with projections and with padded shortcuts, bottlenecks, and pools between convolutions.
    @Test(arguments: [(Architecture.resNet18, 64), (.resNet20, 32), (.resNet50, 64), (.vgg16, 32)])
    func logitsStayClose(_ architecture: Architecture, _ side: Int) throws {
        let network = architecture.network(.init(classCount: 10, fullyConnected: false))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let exact = try plan(network, store, configuration(side))
        try exact.forward()
        var quantized = configuration(side)
        quantized.quantization = try quantization(network, store, side)
        let plan = try plan(network, store, quantized)
        try plan.forward()
        let difference = relativeDifference(plan.output("logits"), exact.output("logits"))
        #expect(difference < 0.05 && difference > 0, "\(difference)")
        // Nearly everything is computed in integers.
        let parts = try plan.profile().map(\.name)
        #expect(parts.count { $0.hasSuffix("integers") } == 2, "\(parts)")
    }

    /// Scales belong to the primitives, so weights must not move under them.
    @Test func changedParametersAreRefused() throws {
        let network = Architecture.resNet20.network(.init(classCount: 10))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        var integers = configuration(32, [])
        integers.quantization = try quantization(network, store, 32)
        let plan = try plan(network, store, integers)
        try plan.parametersChanged()
        store["layer2.block1.norm1.scale"][3] *= 2
        #expect {
            try plan.parametersChanged()
        } throws: {
            "\($0)" == "layer2.block1.conv1: its parameters have changed since it was compiled in 8-bit integers"
        }
    }

    @Test func onlyWhatIsFrozenIsComputedInIntegers() throws {
        let network = Architecture.resNet20.network(.init(classCount: 10))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let stages: Set<String> = ["layer3", "head"]
        let magnitudes = try quantization(network, store, 32)
        func gradients(_ plan: Plan, from boundary: UnsafeMutableRawBufferPointer? = nil) throws -> [[Float]] {
            if let boundary { plan.boundary.copyMemory(from: UnsafeRawBufferPointer(boundary)) }
            try plan.forward(training: true)
            let (_, gradient) = crossEntropy(plan.output("logits"), classCount: 10)
            try gradient.withUnsafeBufferPointer { try plan.backward($0) }
            return plan.gradients.map { Array($0.values) }
        }
        var whole = configuration(32, stages)
        whole.quantization = magnitudes
        let expected = try gradients(plan(network, store, whole))
        let exact = try gradients(plan(network, store, configuration(32, stages)))
        #expect(zip(expected, exact).allSatisfy { $0 != $1 && relativeDifference($0, $1) < 0.2 })

        let cut = try #require(try network.cut(height: 32, width: 32, precision: .f32, trained: stages))
        var frozen = configuration(32, [], .prefix(cut))
        frozen.quantization = magnitudes
        let prefix = try plan(network, store, frozen)
        try prefix.forward()
        #expect(
            try gradients(plan(network, store, configuration(32, stages, .suffix(cut))), from: prefix.boundary)
                == expected)
    }
}

import Engine
import Files
import Networks
import Recipes
import TestSupport
import Testing
import Training

/// A small recipe without fault; tests bend single lines of it.
let valid = """
    name: scenes
    model: {architecture: resnet50, weights: none}
    data: {train: data/train}
    stages:
      - {name: head, train: [head], epochs: 2, lr: 1e-3}
      - {name: top, train: [layer4, head], epochs: 5, lr: {head: 1e-3, layer4: 1e-4}, schedule: cosine, warmup_epochs: 0.5}
    optimizer: {name: adamw, weight_decay: 0.01}
    seed: 7

    """

private func decoded(_ text: String, overrides: [String] = []) throws -> Recipe {
    try Recipe.parse(text, path: "some/R.yaml", overrides: overrides)
}

@Suite struct RecipeTests {
    @Test func everyDefault() throws {
        let recipe = try decoded(
            "model: {architecture: resnet20, weights: none}\ndata: {train: a}\nstages: [{train: [all], epochs: 1, lr: 0.1}]"
        )
        #expect(recipe.name == "R")
        #expect(recipe.model.form == nil)
        #expect(recipe.model.weights == .none)
        #expect(recipe.model.preprocessing == nil)
        #expect(recipe.model.nameMap.isEmpty)
        #expect(!recipe.model.hasFullyConnectedLayers)
        #expect(recipe.data.validation == .fraction(0.1))
        #expect(recipe.data.test == nil)
        #expect(recipe.data.imageSize == 32)
        #expect(recipe.data.resize == .crop)
        #expect(recipe.data.decode == .exact)
        #expect(recipe.data.onBadImage == .skip)
        #expect(recipe.augment.isEmpty)
        #expect(recipe.views == nil)
        #expect(recipe.cache == .init(memory: .quarterOfFree))
        #expect(recipe.stages[0].views == nil)
        #expect(recipe.dropout == 0)
        #expect(recipe.stages[0].name == "stage1")
        #expect(recipe.stages[0].train == ["stem", "layer1", "layer2", "layer3", "head"])
        #expect(
            recipe.stages[0].learningRates == ["stem": 0.1, "layer1": 0.1, "layer2": 0.1, "layer3": 0.1, "head": 0.1])
        #expect(recipe.stages[0].schedule == ScheduleConfiguration(.constant))
        #expect(recipe.stages[0].batchNorm == .frozen)
        #expect(recipe.stages[0].augment == nil)
        #expect(recipe.optimizer == OptimizerConfiguration(.adamW(), weightDecay: 0.01))
        #expect(recipe.loss.labelSmoothing == 0)
        #expect(recipe.loss.classWeights == .none)
        #expect(recipe.batchSize == 32)
        #expect(recipe.precision == .auto)
        #expect(recipe.seed == 42)
        #expect(recipe.monitor.name == "val_accuracy")
        #expect(recipe.earlyStopping == nil)
        #expect(recipe.output == "runs")
        #expect(recipe.threads == nil)
    }

    @Test func everyWord() throws {
        let recipe = try decoded(everything)
        #expect(recipe.name == "all-words_1.0")
        #expect(recipe.model.architecture == .vgg16)
        #expect(recipe.model.weights == .named("Weights/my file: #1.h5"))
        #expect(recipe.model.form == .revised)
        #expect(recipe.model.hasFullyConnectedLayers)
        #expect(
            recipe.model.preprocessing
                == Preprocessing(
                    channelOrder: .bgr, mean: [103.939, 116.779, 123.68], standardDeviation: [58.4, 57.1, 57.4]))
        #expect(
            recipe.model.nameMap
                == ["conv2d_3": "block1.conv1", "true": "block1.conv2", "my.trunk": "", "nothing": ""])
        #expect(recipe.model.batchNormEpsilon == 1e-3)
        #expect(recipe.data.validation == .source("data/val"))
        #expect(recipe.data.test == "data/test")
        #expect(recipe.data.imageSize == 96)
        #expect(recipe.data.resize == .letterbox)
        #expect(recipe.data.decode == .fast)
        #expect(recipe.data.onBadImage == .fail)
        #expect(recipe.views == 4)
        #expect(
            recipe.cache
                == .init(memory: .bytes(3 << 29), disk: .init(directory: "/var/cache/x", budgetBytes: 20_000_000_000)))
        #expect(recipe.stages[0].views == 2)
        #expect(recipe.dropout == 0.25)
        #expect(recipe.stages.map(\.name) == ["first", "second", "third"])
        #expect(recipe.stages[0].train == ["block5", "head"])
        #expect(recipe.stages[0].learningRates == ["block5": 0.001, "head": 0.01])
        #expect(recipe.stages[0].schedule == ScheduleConfiguration(.step(epochs: 2, factor: 0.5), warmUpEpochs: 1.5))
        #expect(recipe.stages[0].batchNorm == .adapt)
        #expect(recipe.stages[0].earlyStopping?.patience == 2)
        #expect(recipe.stages[0].earlyStopping?.minimumChange == 0.001)
        #expect(recipe.stages[0].augment?.count == 1)
        #expect(
            recipe.stages[1].schedule
                == ScheduleConfiguration(.oneCycle(rise: 0.2, initialDivisor: 10, finalDivisor: 100)))
        #expect(recipe.stages[2].schedule == ScheduleConfiguration(.cosine(minimum: 0.01)))
        #expect(
            recipe.optimizer
                == OptimizerConfiguration(.sgd(momentum: 0.8, nesterov: true), weightDecay: 5e-4, gradientClip: 1))
        #expect(recipe.loss.labelSmoothing == 0.1)
        #expect(recipe.loss.classWeights == .named(["cat": 2, "sea lion": 0.5]))
        #expect(recipe.batchSize == 64)
        #expect(recipe.precision == .bf16)
        #expect(recipe.seed == 9_007_199_254_740_993)
        #expect(recipe.monitor.name == "val_macro_f1")
        #expect(recipe.earlyStopping?.patience == 5)
        #expect(recipe.earlyStopping?.minimumChange == 0)
        #expect(recipe.output == "out/runs")
        #expect(recipe.threads == 2)
    }

    @Test(arguments: [valid, everything])
    func resolvedYAMLDecodesToTheSameRecipe(text: String) throws {
        let recipe = try decoded(text)
        let again = try Recipe.parse(recipe.yaml, path: "other.yaml")
        #expect(again == recipe)
        #expect(again.yaml == recipe.yaml)
    }

    @Test func resolvedYAMLIsReadable() throws {
        #expect(
            try decoded(valid).yaml
                == """
                name: scenes
                model:
                  architecture: resnet50
                  weights: none
                  form: auto
                  fully_connected: false
                  preprocessing: auto
                  name_map: {}
                  batch_norm_epsilon: auto
                data:
                  train: data/train
                  validation: 0.1
                  image_size: 224
                  resize: crop
                  decode: exact
                  on_bad_image: skip
                augment: []
                views: unlimited
                cache: auto
                head:
                  dropout: 0
                stages:
                  - {name: head, train: [head], epochs: 2, lr: {head: 0.001}, schedule: {name: constant}, warmup_epochs: 0, batch_norm: frozen}
                  - {name: top, train: [layer4, head], epochs: 5, lr: {layer4: 0.0001, head: 0.001}, schedule: {name: cosine, minimum: 0}, warmup_epochs: 0.5, batch_norm: frozen}
                optimizer:
                  name: adamw
                  betas: [0.9, 0.999]
                  epsilon: "1e-08"
                  weight_decay: 0.01
                loss:
                  label_smoothing: 0
                  class_weights: none
                batch_size: 32
                precision: auto
                seed: 7
                monitor: val_accuracy
                early_stopping: none
                probe: true
                output: runs
                threads: auto

                """.replacing("\"1e-08\"", with: "1e-08"))
    }

    @Test func numbersWithExponentsAreNumbers() throws {
        for (text, value) in [("1e-3", 1e-3), ("2E-5", 2e-5), (".5", 0.5), ("1", 1), ("1_0.0", 10), ("+3e+1", 30)] {
            let recipe = try decoded(valid.replacing("epochs: 2, lr: 1e-3", with: "epochs: 2, lr: \(text)"))
            #expect(recipe.stages[0].learningRates == ["head": value])
        }
    }

    @Test func kerasStageNames() throws {
        let recipe = try decoded(
            valid.replacing("[layer4, head]", with: "[conv5, conv2, head]")
                .replacing("{head: 1e-3, layer4: 1e-4}", with: "{head: 1, conv5: 2, layer1: 3}"))
        #expect(recipe.stages[1].train == ["layer1", "layer4", "head"])
        #expect(recipe.stages[1].learningRates == ["head": 1, "layer4": 2, "layer1": 3])
    }

    @Test func allRatesGiveWayToNamedOnes() throws {
        let recipe = try decoded(
            valid.replacing("{head: 1e-3, layer4: 1e-4}", with: "{head: 1, all: 2}"))
        #expect(recipe.stages[1].learningRates == ["head": 1, "layer4": 2])
    }

    @Test func aWordAloneNamesAnOptimizer() throws {
        let recipe = try decoded(valid.replacing("{name: adamw, weight_decay: 0.01}", with: "sgd"))
        #expect(recipe.optimizer == OptimizerConfiguration(.sgd()))
    }

    @Test func sizesOfMemory() throws {
        for (text, memory) in [
            ("auto", Recipe.Memory.quarterOfFree), ("none", .bytes(0)), ("{memory: 4GiB}", .bytes(4 << 30)),
            ("{memory: 512 MiB}", .bytes(512 << 20)), ("{memory: 2GB}", .bytes(2_000_000_000)),
            ("{memory: 100B}", .bytes(100)), ("{memory: auto}", .quarterOfFree), ("{}", .quarterOfFree),
        ] {
            #expect(try decoded(valid + "cache: \(text)\n").cache == .init(memory: memory))
        }
        #expect(
            try decoded(valid + "output: out\ncache: {memory: 0B, disk: 1MB}\n").cache
                == .init(memory: .bytes(0), disk: .init(directory: "out/cache", budgetBytes: 1_000_000)))
        #expect(Recipe.Memory.quarterOfFree.byteCount > 1 << 20)
    }

    @Test func missingFileIsNamed() throws {
        let folder = try TemporaryDirectory()
        for (path, reason) in [
            (folder.file("no.yaml"), "there is no such file"), (folder.path, "is a folder, not a recipe"),
        ] {
            #expect {
                try Recipe.read(path)
            } throws: { "\($0)" == "\(path): \(reason)" && ($0 as? RecipeFileError)?.kind == .usage }
        }
    }
}

private let everything = """
    name: all-words_1.0
    model:
      architecture: vgg16
      weights: "Weights/my file: #1.h5"
      form: v1.5
      fully_connected: true
      preprocessing: {channels: bgr, mean: [103.939, 116.779, 123.68], std: [58.4, 57.1, 57.4]}
      name_map: {conv2d_3: block1.conv1, "true": block1.conv2, my.trunk: '', nothing: }
      batch_norm_epsilon: 1e-3
    data:
      train: data/train
      validation: data/val
      test: data/test
      source: "https://example.org/images, unpacked"
      image_size: 96
      resize: letterbox
      decode: fast
      on_bad_image: fail
    augment:
      - horizontal_flip: {p: 0.5}
    views: 4
    cache: {memory: 1.5 GiB, disk: 20GB, directory: /var/cache/x}
    head: {dropout: 0.25}
    stages:
      - name: first
        train: [head, block5]
        epochs: 3
        lr: {block5: 1e-3, head: 1e-2}
        schedule: {name: step, every: 2, factor: 0.5}
        warmup_epochs: 1.5
        batch_norm: adapt
        augment: [horizontal_flip]
        views: 2
        early_stopping: {patience: 2, min_delta: 0.001}
      - {name: second, train: [fc, head], epochs: 1, lr: 1, schedule: {name: one_cycle, rise: 0.2, initial_divisor: 10, final_divisor: 100}}
      - {name: third, train: all, epochs: 1, lr: 1, schedule: {name: cosine, minimum: 0.01}}
    optimizer: {name: sgd, momentum: 0.8, nesterov: true, weight_decay: 5e-4, gradient_clip: 1}
    loss: {label_smoothing: 0.1, class_weights: {cat: 2, sea lion: 0.5}}
    batch_size: 64
    precision: bf16
    seed: 9007199254740993
    monitor: val_macro_f1
    early_stopping: {patience: 5}
    output: out/runs
    threads: 2

    """

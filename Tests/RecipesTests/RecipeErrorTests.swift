import Files
import Recipes
import Testing

@Suite struct RecipeErrorTests {
    /// A replaced piece of the valid recipe, and all that is said about it.
    struct Fault: CustomTestStringConvertible, Sendable {
        var old: String
        var new: String
        var message: String
        var testDescription: String { new }
        init(_ old: String, _ new: String, _ message: String) {
            (self.old, self.new, self.message) = (old, new, message)
        }
    }

    @Test(arguments: faults)
    func faultIsNamedWithItsPlace(fault: Fault) {
        #expect(valid.contains(fault.old))
        #expect(complaint(valid.replacing(fault.old, with: fault.new)) == fault.message)
    }

    static let faults = [
        Fault("seed: 7", "sede: 7", "R.yaml:8:1: unknown key `sede`; did you mean `seed`?"),
        Fault(
            "seed: 7", "colour: 7",
            "R.yaml:8:1: unknown key `colour`; there are: name, task, model, data, augment, views, head, stages, optimizer, loss, batch_size, precision, seed, monitor, early_stopping, probe, output, cache, threads"
        ),
        Fault(
            "seed: 7", "seed: seven",
            "R.yaml:8:7: seed: expected a whole number of at least 0, found the text \"seven\""),
        Fault(
            "seed: 7", "seed: \"7\"", "R.yaml:8:7: seed: expected a whole number of at least 0, found the text \"7\""),
        Fault("seed: 7", "seed: 1.5", "R.yaml:8:7: seed: expected a whole number of at least 0, found 1.5"),
        Fault(
            "seed: 7", "seed: 0x10", "R.yaml:8:7: seed: expected a whole number of at least 0, found the text \"0x10\""),
        Fault(
            "seed: 7", "seed: 99999999999999999999",
            "R.yaml:8:7: seed: expected a whole number of at least 0, found 99999999999999999999"),
        Fault("seed: 7", "seed: [7]", "R.yaml:8:7: seed: expected a whole number of at least 0, found a list"),
        Fault("seed: 7", "batch_size: 0", "R.yaml:8:13: batch_size: expected a whole number from 1 to 4096, found 0"),
        Fault(
            "seed: 7", "precision: bf17",
            "R.yaml:8:12: precision: expected auto, f32, bf16 or int8, found the text \"bf17\"; did you mean `bf16`?"),
        Fault(
            "data/train}\nstages:", "a, validation: none}\nmonitor: val_loss\nstages:",
            "R.yaml:4:10: monitor: `val_loss` needs data.validation, which is none"),
        Fault(
            "seed: 7", "monitor: accuracy",
            "R.yaml:8:10: monitor: expected val_accuracy, val_loss, val_macro_f1, train_loss or train_accuracy, found the text \"accuracy\"; did you mean `val_accuracy`?"
        ),
        Fault(
            "seed: 7", "cache: {memory: 4}",
            "R.yaml:8:17: cache.memory: expected a size such as 512MiB or 4GiB or auto, found 4"),
        Fault(
            "seed: 7", "cache: nine",
            "R.yaml:8:8: cache: expected auto, none, or a map such as {memory: 4GiB, disk: 20GiB}, found the text \"nine\"; did you mean `none`?"
        ),
        Fault(
            "seed: 7", "views: 0",
            "R.yaml:8:8: views: expected a whole number from 1 to 100000 or unlimited, found 0"),
        Fault(
            "seed: 7", "threads: many",
            "R.yaml:8:10: threads: expected a whole number from 1 to 1024 or auto, found the text \"many\""),
        Fault(
            "seed: 7", "early_stopping: {min_delta: 1}",
            "R.yaml:8:17: early_stopping: the key `patience` is missing; expected a whole number from 1 to 10000"),
        Fault("seed: 7", "early_stopping: 3", "R.yaml:8:17: early_stopping: expected a map, found 3"),
        Fault(
            "seed: 7", "head: {dropout: 1}", "R.yaml:8:17: head.dropout: expected a number from 0 to 0.99, found 1"),
        Fault("seed: 7", "head: {dropuot: 0.1}", "R.yaml:8:8: unknown key `dropuot` in head; did you mean `dropout`?"),
        Fault(
            "seed: 7", "loss: {label_smoothing: yes}",
            "R.yaml:8:25: loss.label_smoothing: expected a number from 0 to 0.99, found yes"),
        Fault(
            "seed: 7", "loss: {class_weights: balance}",
            "R.yaml:8:23: loss.class_weights: expected none, balanced, or a map from class to weight, found the text \"balance\"; did you mean `balanced`?"
        ),
        Fault(
            "seed: 7", "loss: {class_weights: {cat: -1}}",
            "R.yaml:8:29: loss.class_weights.cat: expected a number from 1e-06 to 1000000, found -1"),
        Fault(
            "name: scenes", "name: a/b",
            "R.yaml:1:7: name: expected a name of letters, digits, dots, dashes and underscores, found the text \"a/b\""
        ),
        Fault(
            "name: scenes", "name: ..",
            "R.yaml:1:7: name: expected a name of letters, digits, dots, dashes and underscores, found the text \"..\""),
        Fault(
            "weights: none", "weihgts: none",
            """
            2 problems in the recipe
            R.yaml:2:8: model: the key `weights` is missing; expected a file, a name from the catalogue, or none
            R.yaml:2:33: unknown key `weihgts` in model; did you mean `weights`?
            """),
        Fault(
            "weights: none", "weights: none, form: v2",
            "R.yaml:2:54: model.form: expected auto, v1.5, original, caffe, torch or keras, found the text \"v2\""),
        Fault(
            "weights: none", "weights: none, form: torch",
            "R.yaml:2:54: model.form: resnet50 has no form `torch`; it has v1.5, original and caffe"),
        Fault(
            "weights: none", "weights: none, fully_connected: 1",
            "R.yaml:2:65: model.fully_connected: expected true or false, found 1"),
        Fault(
            "weights: none", "weights: none, preprocessing: pytorch",
            "R.yaml:2:63: model.preprocessing: expected auto, torch, caffe, tf or raw, or {channels: rgb, mean: […], std: […]}, found the text \"pytorch\"; did you mean `torch`?"
        ),
        Fault(
            "weights: none", "weights: none, preprocessing: {mean: [0, 0, 0], std: [0.2, 0.2, 0.2]}",
            "R.yaml:2:86: model.preprocessing.std: expected a list of 3, each a number from 1 to 255, found a list"),
        Fault(
            "architecture: resnet50", "architecture: resnet51",
            "R.yaml:2:23: model.architecture: expected \(architectures), found the text \"resnet51\"; did you mean `resnet50`?"
        ),
        Fault(
            "data: {train: data/train}", "data: {}",
            "R.yaml:3:7: data: the key `train` is missing; expected a folder with one folder for each class, or a table"
        ),
        Fault(
            "data: {train: data/train}", "",
            "R.yaml:1:1: data: the key `train` is missing; expected a folder with one folder for each class, or a table"
        ),
        Fault(
            "data/train}", "a, validation: 1.5}",
            "R.yaml:3:30: data.validation: expected a fraction between 0 and 1, a folder or table, or none, found 1.5"),
        Fault(
            "data/train}", "a, image_size: 7}",
            "R.yaml:3:30: data.image_size: expected a whole number from 8 to 4096, found 7"),
        Fault(
            "data/train}", "a, resize: squish}",
            "R.yaml:3:26: data.resize: expected crop, squash or letterbox, found the text \"squish\"; did you mean `squash`?"
        ),
        Fault(
            "data/train}", "a, on_bad_image: ignore}",
            "R.yaml:3:32: data.on_bad_image: expected skip or fail, found the text \"ignore\""),
        Fault(
            "[layer4, head]", "[layer5, head]",
            "R.yaml:6:25: stages.1.train.0: resnet50 has no stage `layer5`; did you mean `layer1`?"),
        Fault(
            "[layer4, head]", "[block5, head]",
            "R.yaml:6:25: stages.1.train.0: resnet50 has no stage `block5`; there are: all, stem, layer1, layer2, layer3, layer4, head"
        ),
        Fault(
            "{head: 1e-3, layer4: 1e-4}", "{head: 1e-3}",
            "R.yaml:6:55: stages.1.lr: no rate for layer4, which this stage trains"),
        Fault(
            "{head: 1e-3, layer4: 1e-4}", "-1",
            "R.yaml:6:55: stages.1.lr: expected a number from 1e-12 to 100, or one for each trained stage, found -1"),
        Fault(
            "{head: 1e-3, layer4: 1e-4}", "{head: 1e-3, layer4: fast}",
            "R.yaml:6:76: stages.1.lr.layer4: expected a number from 1e-12 to 100, found the text \"fast\""
        ),
        Fault(
            "epochs: 2,", "",
            "R.yaml:5:5: stages.0: the key `epochs` is missing; expected a whole number from 1 to 100000"),
        Fault(
            "train: [head],", "train: [],",
            "R.yaml:5:25: stages.0.train: expected a list of stages of the network, such as [layer4, head], found an empty list"
        ),
        Fault("name: top", "name: head", "R.yaml:6:12: stages.1: another stage is named `head` already"),
        Fault(
            "schedule: cosine", "schedule: cosin",
            "R.yaml:6:93: stages.1.schedule.name: expected constant, step, cosine or one_cycle, found the text \"cosin\"; did you mean `cosine`?"
        ),
        Fault(
            "schedule: cosine", "schedule: step",
            "R.yaml:6:93: stages.1.schedule: the key `every` is missing; expected a whole number from 1 to 100000"),
        Fault(
            "schedule: cosine", "schedule: {name: cosine, factor: 0.1}",
            "R.yaml:6:108: unknown key `factor` in stages.1.schedule; there are: name, minimum"),
        Fault(
            "warmup_epochs: 0.5", "warmup_epochs: 6",
            "R.yaml:6:116: stages.1.warmup_epochs: expected a number from 0 to 5, found 6"),
        Fault(
            "warmup_epochs: 0.5", "batch_norm: freeze",
            "R.yaml:6:113: stages.1.batch_norm: expected frozen or adapt, found the text \"freeze\""
        ),
        Fault(
            "name: adamw", "name: adam, nesterov: true",
            "R.yaml:7:25: unknown key `nesterov` in optimizer; there are: name, betas, epsilon, weight_decay, gradient_clip"
        ),
        Fault(
            "name: adamw", "name: lamb",
            "R.yaml:7:19: optimizer.name: expected sgd, adam or adamw, found the text \"lamb\""),
        Fault(
            "name: adamw", "name: sgd, momentum: 0, nesterov: true",
            "R.yaml:7:12: optimizer: Nesterov's form needs a momentum above 0"),
        Fault(
            "name: adamw", "betas: [0.9]",
            "R.yaml:7:20: optimizer.betas: expected a list of 2, each a number from 0 to 0.999999, found a list"),
    ]

    private static let architectures =
        "resnet18, resnet34, resnet50, resnet101, resnet152, resnet20, resnet32, resnet44, resnet56, resnet110, vgg11, vgg13, vgg16, vgg19, vgg11_bn, vgg13_bn, vgg16_bn, vgg19_bn, alexnet, squeezenet1_1 or mobilenet_v2"

    @Test func allProblemsComeInTheOrderOfTheFile() {
        let text = valid.replacing("seed: 7", with: "sede: 7").replacing("epochs: 5", with: "epochs: five")
            .replacing("name: scenes", with: "name: []")
        #expect(
            complaint(text) == """
                3 problems in the recipe
                R.yaml:1:7: name: expected a name of letters, digits, dots, dashes and underscores, found a list
                R.yaml:6:48: stages.1.epochs: expected a whole number from 1 to 100000, found the text "five"
                R.yaml:8:1: unknown key `sede`; did you mean `seed`?
                """)
    }

    /// Numbers of the right kind that nobody can mean, or that 32-bit floats round to 0 or 1.
    @Test(
        arguments: [
            ("stages.0.lr", "1e26"), ("stages.0.lr", "1e-300"), ("stages.0.lr", "{head: 1e4}"),
            ("stages.0.epochs", "1000000000"), ("stages.0.views", "1e9"),
            ("stages.0.schedule", "{name: one_cycle, initial_divisor: 1e300}"),
            ("optimizer", "{name: sgd, momentum: 1}"), ("optimizer", "{name: sgd, momentum: 0.999999999999}"),
            ("optimizer", "{name: adam, betas: [0.9, 0.9999999999]}"), ("optimizer", "{name: adam, epsilon: 1e-300}"),
            ("optimizer", "{name: adam, epsilon: 1e26}"), ("optimizer", "{weight_decay: -0.1}"),
            ("optimizer", "{weight_decay: 1e26}"), ("optimizer", "{gradient_clip: 1e-300}"),
            ("loss", "{label_smoothing: 1}"), ("loss", "{label_smoothing: 0.99999999999999999}"),
            ("loss", "{class_weights: {a: 1e26}}"), ("loss", "{class_weights: {a: 1e-300}}"),
            ("head", "{dropout: 0.99999999}"), ("early_stopping", "{patience: 3, min_delta: 1e26}"),
            ("batch_size", "1e9"), ("data.image_size", "100000"), ("data.validation", "1.5"),
            ("augment", "[rotation: {degrees: 1e26}]"), ("augment", "[color_jitter: {hue: 3}]"),
            ("augment", "[random_crop: {padding: 1e6}]"), ("augment", "[random_resized_crop: {scale: [1, 0.5]}]"),
        ]) func valuesWithoutSenseAreFound(key: String, value: String)
    {
        let words = complaint(valid, overrides: ["\(key)=\(value)"])
        #expect(words.hasPrefix("--set \(key)=") && words.contains(": expected "), "\(words)")
        for spelling in [".nan", ".inf", "nan", "inf", "1e999"] {
            #expect(complaint(valid, overrides: ["stages.0.lr=\(spelling)"]).contains("stages.0.lr: expected a number"))
        }
    }

    @Test func missingStagesAreNamed() {
        #expect(
            complaint("model: {architecture: resnet50, weights: none}\ndata: {train: a}\n")
                == "R.yaml:1:1: the key `stages` is missing; expected a list of stages, such as {name: head, train: [head], epochs: 2, lr: 1e-3}"
        )
        #expect(
            complaint(valid, overrides: ["stages=[]"])
                == "--set stages=[]: stages: expected a list of stages, such as {name: head, train: [head], epochs: 2, lr: 1e-3}, found an empty list"
        )
        #expect(
            complaint(valid, overrides: ["stages=3"])
                == "--set stages=3: stages: expected a list of stages, such as {name: head, train: [head], epochs: 2, lr: 1e-3}, found 3"
        )
    }

    @Test func longWordsAreShortened() {
        let word = String(repeating: "x", count: 100_000)
        #expect(complaint(valid + "\(word): 1\n").count < 400)
        #expect(complaint(valid.replacing("seed: 7", with: "seed: \(word)")).count < 400)
    }
}

@Suite struct OverrideTests {
    private func recipe(_ overrides: String...) throws -> Recipe {
        try Recipe.parse(valid, path: "R.yaml", overrides: overrides)
    }

    @Test func valuesAreReplacedByPath() throws {
        let changed = try recipe(
            "stages.0.epochs=1", "stages.1.lr.layer4=2e-5", "model.weights=Weights/x.h5", "data.validation=data/val",
            "stages.0.train=[head, layer4]",
            "name=a=b".replacing("=b", with: "-b"))
        #expect(changed.stages[0].epochs == 1)
        #expect(changed.stages[1].learningRates["layer4"] == 2e-5)
        #expect(changed.model.weights == .named("Weights/x.h5"))
        #expect(changed.data.validation == .source("data/val"))
        #expect(changed.stages[0].train == ["layer4", "head"])
        #expect(changed.name == "a-b")
    }

    @Test func missingKeysAreMade() throws {
        let changed = try recipe("head.dropout=0.5", "early_stopping.patience=3", "stages.0.schedule.name=cosine")
        #expect(changed.dropout == 0.5)
        #expect(changed.earlyStopping?.patience == 3)
        #expect(changed.stages[0].schedule.shape == .cosine())
    }

    @Test func laterOnesWin() throws {
        #expect(try recipe("seed=1", "seed=2").seed == 2)
    }

    @Test func nothingMeansTheDefault() throws {
        #expect(try recipe("seed=").seed == 42)
    }

    @Test(arguments: [
        ("seed=x", "--set seed=x: seed: expected a whole number of at least 0, found the text \"x\""),
        ("sede=1", "--set sede=1: unknown key `sede`; did you mean `seed`?"),
        ("seed", "--set seed: expected key=value, such as stages.0.epochs=1"),
        ("=1", "--set =1: expected key=value, such as stages.0.epochs=1"),
        ("stages.2.epochs=1", "--set stages.2.epochs=1: stages is a list of 2; expected a position from 0, found `2`"),
        (
            "stages.top.epochs=1",
            "--set stages.top.epochs=1: stages is a list of 2; expected a position from 0, found `top`"
        ),
        ("seed.x=1", "--set seed.x=1: seed is 7, so it has no `x`"),
        (
            "stages.0.lr=[1",
            "--set stages.0.lr=[1: did not find expected ',' or ']' while parsing a flow sequence (begun in line 1); a value that begins with [ is YAML: put a text that does into quotes, \"'…'\""
        ),
    ])
    func faultNamesTheArgument(override: String, message: String) {
        #expect(complaint(valid, overrides: [override]) == message)
    }
}

@Suite struct NearestWordTests {
    @Test(arguments: [
        ("sede", "seed"), ("resnt50", "resnet50"), ("SEED", "seed"), ("horizontal_flp", "horizontal_flip"),
        ("opt", "optimizer"),
    ])
    func nearWordsAreFound(written: String, meant: String) {
        #expect(nearestWord(to: written, in: ["seed", "resnet50", "horizontal_flip", "optimizer"]) == meant)
    }

    @Test(arguments: ["zebra", "x", "", "colour"])
    func farWordsAreNot(written: String) {
        #expect(nearestWord(to: written, in: ["seed", "resnet50", "horizontal_flip", "optimizer"]) == nil)
    }
}

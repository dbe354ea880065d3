import Testing

@Suite struct UsageTests {
    @Test func helpListsTheCommands() throws {
        let outcome = try Tool.run("--help")
        #expect(outcome.exitCode == 0)
        #expect(outcome.words.isEmpty)
        for command in [
            "train", "check", "features", "evaluate", "predict", "explain", "visualize", "inspect", "diff", "export",
            "summary", "bench", "list", "weights list", "weights fetch", "weights verify",
        ] {
            #expect(outcome.output.contains("\n  \(command) "))
        }
        #expect(try Tool.run("help").output == outcome.output)
        #expect(try Tool.run("-h").output == outcome.output)
    }

    @Test func helpOfACommandListsItsOptions() throws {
        let outcome = try Tool.run("bench", "--help")
        #expect(outcome.exitCode == 0)
        #expect(
            outcome.output.contains(
                """
                finetune bench --architecture A [--image-size N] [--batch N] [--precision auto|f32|bf16|int8]
                    [--case forward|head|layer4|full]… [--batch-norm frozen|adapt] [--cached] [--repeat N] [--json]
                    [--profile]
                """))
        #expect(outcome.output.contains("\n  --batch N                        images in a step (default 16)\n"))
        #expect(try Tool.run("help", "bench").output == outcome.output)
        #expect(try Tool.run("bench", "--repeat", "x", "-h").output == outcome.output)
    }

    @Test func versionIsTold() throws {
        let outcome = try Tool.run("--version")
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.wholeMatch(of: /finetune \d+\.\d+\.\d+\n/) != nil)
    }

    @Test(arguments: [
        ([], "nothing to do: expected a command or --recipe RECIPE.yaml", ""),
        (["bnch"], "unknown command `bnch`; did you mean `bench`?", ""),
        (["help", "bnch"], "unknown command `bnch`; did you mean `bench`?", ""),
        (["bench", "--archi", "x"], "unknown option `--archi`; did you mean `--architecture`?", "bench "),
        (["bench", "--architecture"], "--architecture needs a value: \(architectures)", "bench "),
        (["bench"], "--architecture A is missing: which network; `finetune list` names them", "bench "),
        (
            ["bench", "--architecture", "resnet5"], "--architecture: unknown value `resnet5`; did you mean `resnet50`?",
            "bench "
        ),
        (
            ["bench", "--architecture=vgg16", "--batch", "none"],
            "--batch: expected a whole number from 1 to 4096, found `none`", "bench "
        ),
        (
            ["bench", "--architecture=vgg16", "--batch=0"],
            "--batch: expected a whole number from 1 to 4096, found `0`", "bench "
        ),
        (["bench", "--architecture", "vgg16", "--batch", "1", "--batch", "2"], "--batch is given twice", "bench "),
        (["bench", "--json=yes"], "--json takes no value", "bench "),
        (
            ["bench", "—architecture=vgg16"],
            "`—architecture=vgg16` begins with an em dash (U+2014); write --architecture=vgg16", "bench "
        ),
        (["predict", "–-model", "m.h5"], "`–-model` begins with an en dash (U+2013); write --model", "predict "),
        (["−−recipe=R.yaml"], "`−−recipe=R.yaml` begins with a minus sign (U+2212); write --recipe=R.yaml", ""),
        (["list", "a\nb\u{1B}[2J"], "unexpected argument `a\\nb\\x1b[2J`", "list "),
        (["list", "all"], "unexpected argument `all`", "list "),
        (["list", "--", "--help"], "unexpected argument `--help`", "list "),
    ])
    func faultsOfUsage(arguments: [String], message: String, command: String) throws {
        let outcome = try Tool.start(arguments).outcome()
        #expect(outcome.exitCode == 2)
        #expect(outcome.output.isEmpty)
        #expect(outcome.words == "error: \(message)\nhelp: finetune \(command)--help\n")
    }

    private static let architectures =
        "resnet18|resnet34|resnet50|resnet101|resnet152|resnet20|resnet32|resnet44|resnet56|resnet110|"
        + "vgg11|vgg13|vgg16|vgg19|vgg11_bn|vgg13_bn|vgg16_bn|vgg19_bn|alexnet|"
        + "squeezenet1_1|mobilenet_v2"
}

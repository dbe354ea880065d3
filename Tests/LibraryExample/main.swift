import Finetune

let arguments = CommandLine.arguments
let run = try FineTuning(recipe: arguments[1], settings: ["stages.0.epochs=1"]).run { print($0) }
print(run.headline)

let classifier = try Classifier(contentsOf: run.modelPath)
for (image, answer) in zip(arguments[2...], try classifier.classify(Array(arguments[2...]))) {
    print("\(image): \(answer.label) (\(answer.probability))")
}

extension Architecture {
    /// Every network that is known, family by family.
    public static let catalogue: [Architecture] =
        ResNet.all + CIFARResNet.all + VGG.all + AlexNet.all + SqueezeNet.all + MobileNetV2.all
}

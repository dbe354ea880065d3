extension [Int] {
    /// The product, or nil where it overflows.
    var boundedProduct: Int? {
        var product = 1
        for size in self {
            let (value, overflow) = product.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            product = value
        }
        return product
    }

    /// `3×3×64`; of more axes than an array of a network has, the first.
    var timesList: String {
        prefix(Self.mostAxesTold).map(String.init).joined(separator: "×") + (count > Self.mostAxesTold ? "×…" : "")
    }

    private static var mostAxesTold: Int { 8 }
}

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

    /// `3×3×64`.
    var timesList: String { map(String.init).joined(separator: "×") }
}

import Networks

extension Architecture {
    /// Options for every form that it was published in, without its large linear layers and with them if it has any.
    package func variants(classCount: Int) -> [Options] {
        let forms: [Form?] = family.forms.isEmpty ? [nil] : family.forms
        let tops = fullyConnected == nil ? [false] : [false, true]
        return forms.flatMap { form in
            tops.map { Options(classCount: classCount, form: form, fullyConnected: $0) }
        }
    }
}

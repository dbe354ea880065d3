import Networks

extension Architecture {
    /// Options for every form that it was published in, without its large linear layers and with them if it has any, and
    /// with the head that it was published with if that is another.
    package func variants(classCount: Int) -> [Options] {
        let forms = family.forms(said: nil, usual: family.forms)
        let tops = fullyConnected == nil ? [false] : [false, true]
        let heads = head == Head() ? [head] : [Head(), head]
        return forms.flatMap { form in
            tops.flatMap { top in
                heads.map { Options(classCount: classCount, form: form, fullyConnected: top, head: $0) }
            }
        }
    }
}

/// A part of the page with a heading that the list of contents leads to.
struct PageSection {
    /// Names it in links: a word of our own.
    let id: StaticString
    let title: String
    let content: HTML

    init(_ id: StaticString, _ title: String, _ content: HTML) {
        self.id = id
        self.title = title
        self.content = content
    }

    var html: HTML {
        """
        <section aria-labelledby="\(id)">
        <h2 id="\(id)">\(title)</h2>
        \(content)</section>


        """
    }

    var link: HTML { "<li><a href=\"#\(id)\">\(title)</a></li>\n" }
}

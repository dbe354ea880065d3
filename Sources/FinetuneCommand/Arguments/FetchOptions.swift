import Downloads

/// The options by which commands fetch weights that are not here.
enum FetchOptions {
    static let offline = Option.flag("--offline", "fetch nothing: weights that are not here are an error")

    static let declarations = [offline.declaration]

    static func fetcher(_ arguments: Arguments) -> Fetcher {
        var settings = FetchSettings()
        settings.isOffline = arguments.has(offline)
        return Fetcher(settings, observer: FetchDisplay())
    }
}

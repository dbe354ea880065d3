// FinetuneCommand
